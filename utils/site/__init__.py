"""The course as a static site: its pages, and the views and models that live in them."""
