"""Sphinx's settings; what changes from build to build comes from `sphinx_run`."""

project = "Five vision models, block by block"
author = "the authors of Five Vision Models"
copyright = f"2026, {author}"
language = "en"
extensions = ["myst_nb", "utils.site.pages.formulas", "utils.site.pages.finish"]
exclude_patterns = ["_static"]

nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # a CDN by default
nb_merge_streams = True
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath"]
myst_update_mathjax = False
myst_heading_anchors = 3
# A title may stand two levels below the one before; nobody is led astray by that.
suppress_warnings = ["myst.header"]
html_math_renderer = "mathml"

html_theme = "furo"
html_title = "Five vision models"
html_static_path = ["_static"]
html_favicon = "icon.svg"
html_css_files = ["page.css"]
html_js_files = ["page.js"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
