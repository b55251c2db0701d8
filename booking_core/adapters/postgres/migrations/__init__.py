"""Migrations of the schema, part of the package so that an installed wheel can apply them."""
