/* From disk a browser reads no neighbor: the search then lists pages without a line of each. */
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
