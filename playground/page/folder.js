// Opened from a folder, the page may load neither modules nor Python: say what to do instead.
if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("status").textContent =
      "A browser loads Python from servers only: run python -m http.server in this folder, and open http://localhost:8000";
  });
}
