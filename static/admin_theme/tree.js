// The category tree is dragged by hand; the server moves it and the page shows what came of it.
(() => {
  const hint = document.querySelector("[data-tree-url]");
  const table = document.getElementById("result_list");
  if (!hint || !table) return;
  let dragged = null;

  const rowOf = (node) => node.closest?.("tr.data-row");
  const keyOf = (row) => row.querySelector("[data-tree]")?.dataset.tree;

  function placeOn(row, y) {
    const box = row.getBoundingClientRect();
    const part = (y - box.top) / box.height;
    if (part < 0.3) return "before";
    return part > 0.7 ? "after" : "inside";
  }

  function mark(row, place) {
    for (const other of table.querySelectorAll("[data-drop]")) other.removeAttribute("data-drop");
    if (row) row.dataset.drop = place;
  }

  table.querySelectorAll(".bo-tree-handle").forEach((handle) => {
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => {
      dragged = rowOf(handle);
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", keyOf(dragged));
      event.dataTransfer.setDragImage(dragged, 12, 12);
    });
    handle.addEventListener("dragend", () => {
      dragged = null;
      mark(null);
    });
  });

  table.addEventListener("dragover", (event) => {
    const row = rowOf(event.target);
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    mark(row, placeOn(row, event.clientY));
  });

  table.addEventListener("drop", async (event) => {
    const row = rowOf(event.target);
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    const body = new URLSearchParams({
      csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value,
      item: keyOf(dragged),
      target: keyOf(row),
      place: placeOn(row, event.clientY),
    });
    await fetch(hint.dataset.treeUrl, { method: "POST", body });
    location.reload();
  });
})();
