// Product page: choosing an option swaps the buy box and the gallery and changes the address.
// Without it the "Show" button sends the same choices. Also shows the buy bar on a phone.

function setUp() {
  const form = document.querySelector("[data-variants]");
  if (form && !form.dataset.ready) {
    form.dataset.ready = "1";
    form.querySelector("[data-show]")?.setAttribute("hidden", "");
    form.addEventListener("change", (event) => {
      if (!event.target.matches("input[type=radio], select")) return;
      const name = event.target.name;
      const query = new URLSearchParams(new FormData(form));
      query.set("picked", name);
      const url = `${form.action}?${query}`;
      window.htmx
        ?.ajax("GET", url, {
          source: form,
          target: "#product",
          select: "#product",
          swap: "outerHTML",
        })
        .then(() => {
          const shown = document.querySelector("#product")?.dataset.url;
          if (shown) history.replaceState(history.state, "", shown);
          const live = document.getElementById("live");
          if (live) live.textContent = document.querySelector("#product")?.dataset.said ?? "";
        });
    });
    // A choice that was made before this script was there counts too.
    const early = [...form.querySelectorAll("input[type=radio]")].find(
      (input) => input.checked && !input.defaultChecked,
    );
    early?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// The bar at the foot of a small screen: there while the button in the page is not.
let watcher;
function watchButton() {
  const bar = document.querySelector("[data-buybar]");
  const button = document.querySelector("[data-buy]");
  watcher?.disconnect();
  if (!bar) return;
  bar.hidden = true;
  if (!button) return;
  const { price, label } = document.querySelector("#product").dataset;
  bar.querySelector("b").textContent = price;
  bar.querySelector("small").textContent = label;
  watcher = new IntersectionObserver(([entry]) => {
    bar.hidden = entry.isIntersecting;
  });
  watcher.observe(button);
}
function start() {
  setUp();
  watchButton();
}
start();
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "product") start();
});
