// Shows the visitor's tasks, which api.lc keeps.

const form = document.querySelector("#add");
const title = form.querySelector("#title");
const list = document.querySelector("#tasks");
const status = document.querySelector("#status");
const { api, csrf } = form.dataset;

async function ask(method, address, value) {
  const headers = { "X-CSRF-Token": csrf };
  if (value) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, body: value && JSON.stringify(value) });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({ error: `The answer is ${answer.status}` }));
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function shown(task) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = task.done;
  box.onchange = () => change("PUT", `${api}/${task.id}`, { done: box.checked });
  label.append(box, task.title);
  const remove = document.createElement("button");
  remove.textContent = "Delete";
  remove.className = "quiet";
  remove.setAttribute("aria-label", `Delete ${task.title}`);
  remove.onclick = () => change("DELETE", `${api}/${task.id}`);
  item.append(label, remove);
  return item;
}

// Has something changed, if anything is named, and shows all tasks.
async function change(method, address, value) {
  try {
    if (method) await ask(method, address, value);
    const tasks = await ask("GET", api);
    list.replaceChildren(...tasks.map(shown));
    status.textContent = tasks.length ? "" : "There is nothing to do.";
  } catch (error) {
    status.textContent = `${error.message}.`;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await change("POST", api, { title: title.value });
  form.reset();
});

change();
