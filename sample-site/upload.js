// Shows the files before they are sent, and how much of them is sent.

const form = document.querySelector("#upload");
const input = form.querySelector("[type=file]");
const preview = form.querySelector("#preview");
const bar = form.querySelector("progress");
const button = form.querySelector("button");

function shown(file) {
  const item = document.createElement("li");
  if (file.type.startsWith("image/")) {
    const img = document.createElement("img");
    img.alt = "";
    img.src = URL.createObjectURL(file);
    item.append(img);
  }
  item.append(file.name);
  if (file.size > form.dataset.most) item.append(" is too large");
  return item;
}

function say(text) {
  const p = document.createElement("p");
  p.className = "warning";
  p.textContent = text;
  document.querySelector("#kept [role=status]").replaceChildren(p);
}

function clear() {
  for (const img of preview.querySelectorAll("img")) URL.revokeObjectURL(img.src);
  preview.replaceChildren();
}

input.addEventListener("change", () => {
  clear();
  preview.append(...Array.from(input.files, shown));
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.onprogress = (e) => {
    if (e.lengthComputable) bar.value = e.loaded / e.total;
  };
  request.onloadend = () => {
    bar.parentNode.hidden = true;
    button.disabled = false;
  };
  request.onerror = () => say("It could not be sent. Is it too large, or the line down?");
  request.onload = () => {
    if (request.status === 413) return say("That is more than this site takes.");
    if (request.status === 403) return say("This page is too old. Load it again.");
    if (request.status !== 200) return say(`The answer is ${request.status}.`);
    // The page after the redirect: what it shows of the files is shown here.
    document.querySelector("#kept").replaceWith(request.response.querySelector("#kept"));
    form.reset();
    clear();
  };
  request.open("POST", form.action);
  request.responseType = "document";
  bar.value = 0;
  bar.parentNode.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
});
