// Small helpers over pages that work without them.
import "htmx.org";

const field = () => document.querySelector("#search-field");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    field()?.focus();
    field()?.select();
    return;
  }
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = { j: "next", k: "previous", Escape: "close" }[event.key];
  const target = link && document.querySelector(`a[rel~="${link}"]`);
  if (target) {
    event.preventDefault();
    target.click();
  }
  if (event.key === "/") {
    event.preventDefault();
    field()?.focus();
  }
});

// A slider shows its value while it is moved; the list follows when it is let go.
document.addEventListener("input", (event) => {
  const slider = event.target.closest("input[type=range]");
  if (slider) slider.parentElement.querySelector("output").value = `×${Number(slider.value).toFixed(1)}`;
});
