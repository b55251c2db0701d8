"""Calls any custom-LLM server, and tells what Retell and a caller would have noticed."""
