"""The course as a static site: pages, the models and the views that live in them."""
