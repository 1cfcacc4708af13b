// All is there: show the first step, or that of the address.

// Without scripts the address leads to the list; here it must not scroll there.
for (const item of items) item.removeAttribute("id");

const HINT = document.querySelector(".hint").textContent;
byId("paths").hidden = false;
byId("controls").hidden = false;
svg.setAttribute("role", "group");  // an image could have no buttons in it
resize(Math.min(fitting(), 1.6));
readAddress();
if (position < 0) go(0);
if (epochs) showTraining();
