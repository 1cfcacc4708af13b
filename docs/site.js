// Render the mathematics, which is in \( \) and \[ \] by now, with the KaTeX that lies beside.
for (const element of document.querySelectorAll(".arithmatex")) {
  const [, open, tex] = element.textContent.match(/^\\([([])([\s\S]*)\\[)\]]$/) ?? [];
  if (tex) katex.render(tex, element, { displayMode: open === "[", throwOnError: false });
}

// For keyboards and readers of the screen: what scrolls can be reached, and the search has a name.
function reach() {
  for (const element of document.querySelectorAll("pre > code, .picture")) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
