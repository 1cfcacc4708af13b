// Render the mathematics, which is in \( \) and \[ \] by now, with the KaTeX that lies beside.
for (const element of document.querySelectorAll(".arithmatex")) {
  const [, open, tex] = element.textContent.match(/^\\([([])([\s\S]*)\\[)\]]$/) ?? [];
  if (tex) katex.render(tex, element, { displayMode: open === "[", throwOnError: false });
}
