"""The salon's side: pages for owners and the people at the desk."""
