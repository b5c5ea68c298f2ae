// Product pictures: thumbnails and arrow keys change the large one, a dialog enlarges it.
// Without it each thumbnail is a link to the same page with that picture in front.

function setUp() {
  const gallery = document.querySelector("[data-gallery]");
  if (!gallery || gallery.dataset.ready) return;
  gallery.dataset.ready = "1";
  const main = gallery.querySelector("[data-main]");
  const thumbs = [...gallery.querySelectorAll("[data-thumb]")];
  const live = document.getElementById("live");

  function show(index, say = true) {
    const thumb = thumbs[index];
    if (!thumb || !main) return;
    const source = gallery.querySelector(`template[data-picture="${index}"]`);
    const stage = main.querySelector("[data-stage]");
    stage.replaceWith(source.content.firstElementChild.cloneNode(true));
    for (const other of thumbs) other.removeAttribute("aria-current");
    thumb.setAttribute("aria-current", "true");
    const dots = gallery.querySelectorAll(".dots i");
    for (const [at, dot] of dots.entries()) dot.classList.toggle("on", at === index);
    if (say && live) live.textContent = thumb.getAttribute("aria-label");
  }
  const currentIndex = () => thumbs.findIndex((thumb) => thumb.hasAttribute("aria-current"));

  thumbs.forEach((thumb, index) => {
    thumb.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      show(index);
    });
    thumb.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const direction = document.dir === "rtl" ? -step : step;
      const next = (index + direction + thumbs.length) % thumbs.length;
      thumbs[next].focus();
      show(next);
    });
  });

  // A swipe across the large picture, where there are no thumbnails to press.
  let start = 0;
  main?.addEventListener("pointerdown", (event) => {
    start = event.clientX;
  });
  main?.addEventListener("pointerup", (event) => {
    const distance = event.clientX - start;
    if (Math.abs(distance) < 40 || thumbs.length < 2) return;
    const forward = distance < 0 !== (document.dir === "rtl");
    const next = currentIndex() + (forward ? 1 : -1);
    if (next >= 0 && next < thumbs.length) show(next);
  });
  for (const button of gallery.querySelectorAll("[data-turn]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      show((currentIndex() + Number(button.dataset.turn) + thumbs.length) % thumbs.length);
    });
  }

  // Enlarged: plus and minus, so that no drag or pinch is needed.
  const zoom = gallery.querySelector("[data-zoom]");
  const dialog = document.getElementById("enlarged");
  if (zoom && dialog) {
    zoom.hidden = false;
    let scale = 1;
    const place = dialog.querySelector("[data-place]");
    const set = (next) => {
      scale = Math.min(Math.max(next, 1), 3);
      place.className = `zoom-place zoom-${scale}`;
      const box = place.parentElement;
      box.scrollTo(
        (place.offsetWidth - box.clientWidth) / 2,
        (place.offsetHeight - box.clientHeight) / 2,
      );
      dialog.querySelector("[data-minus]").disabled = scale === 1;
      dialog.querySelector("[data-plus]").disabled = scale === 3;
    };
    zoom.addEventListener("click", () => {
      place.replaceChildren(main.querySelector("[data-stage]").cloneNode(true));
      set(1);
      dialog.showModal();
    });
    dialog.querySelector("[data-plus]").addEventListener("click", () => set(scale + 1));
    dialog.querySelector("[data-minus]").addEventListener("click", () => set(scale - 1));
  }
}
setUp();
document.addEventListener("htmx:afterSwap", setUp);
