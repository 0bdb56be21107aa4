// Boxes that scroll sideways can be reached and moved with the keyboard; others are no stop
// on its way. A browser that does this by itself loses nothing.
(() => {
  const BOXES = ".highlight pre, .table-wrapper, div.math .katex-display";

  function mark(box) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  const observer = new ResizeObserver((entries) => {
    for (const entry of entries) mark(entry.target);
  });
  for (const box of document.querySelectorAll(BOXES)) observer.observe(box);
})();
