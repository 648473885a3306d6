// Every page: forms sent once and swapped in place, the key for asking, times that count down, live runs.
import { follow } from "./live.js";

const csrf = document.querySelector("meta[name=csrf]").content;
const said = document.getElementById("said");

export const say = (words) => { said.textContent = words; };

/** The server's HTML as elements. */
export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

export async function get(path) {
  const answer = await fetch(path, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.reload();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

export async function post(path, data) {
  const body = new URLSearchParams(data);
  if (!body.has("csrf")) body.set("csrf", csrf);
  return fetch(path, { method: "POST", body, headers: { "X-Fragment": "1" }, credentials: "same-origin" });
}

/** Put a card that came from the server in the place of the one that is shown; focus stays where it was. */
export function swap(old, html, mine = false) {
  const fresh = parse(html);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const open = [...old.querySelectorAll("details[open]")].length > 0;
  const [card, run] = fresh.querySelectorAll("article");
  const slot = run && document.querySelector(`[data-slot="${run.dataset.run}"]`);
  const notice = fresh.querySelector(".notice");
  if (mine && old.previousElementSibling?.matches(".notice.bad")) old.previousElementSibling.remove();
  if (notice) old.before(notice);
  if (!card) return old;
  if (!mine && open && focused && focused.matches("input")) return old;
  const name = focused && (focused.textContent || "").trim();
  keepLevel(old, card);
  old.replaceWith(card);
  if (old.classList.contains("pending") && !card.classList.contains("pending")) oneLess();
  if (slot) { slot.replaceChildren(run); watchCards(slot); }
  if (focused) {
    const same = [...card.querySelectorAll("button, summary, a")].find((one) => one.textContent.trim() === name);
    (same || card.querySelector("h1 a, h2 a, h3 a")).focus();
  }
  say(`${card.getAttribute("aria-label")}: ${card.querySelector(".chips").textContent.trim().replace(/\s+/g, " ")}`);
  return card;
}

/** One approval waits no longer: the number in the menu says so. */
function oneLess() {
  const count = document.querySelector(".menu .count");
  if (!count) return;
  const left = Number(count.textContent) - 1;
  if (left > 0) { count.textContent = left; count.setAttribute("aria-label", `${left} waiting`); } else count.remove();
}

/** A card in place of another keeps its place among the headings. */
function keepLevel(old, card) {
  const [before, after] = [old, card].map((one) => one.querySelector("header > :is(h1, h2, h3)"));
  if (before.tagName === after.tagName) return;
  const heading = document.createElement(before.tagName);
  heading.append(...after.childNodes);
  after.replaceWith(heading);
}

async function sendInPlace(form, submitter) {
  const data = new FormData(form);
  if (submitter && submitter.name) data.set(submitter.name, submitter.value);
  const target = form.closest("article");
  const answer = await post(form.getAttribute("action"), data);
  if (!target || !answer.headers.get("Content-Type")?.startsWith("text/html")) { location.reload(); return; }
  swap(target, await answer.text(), true);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const again = () => { delete form.dataset.sent; form.querySelectorAll("button").forEach((one) => one.removeAttribute("aria-disabled")); };
  if (form.dataset.swap !== undefined) {
    event.preventDefault();
    sendInPlace(form, event.submitter).catch(() => { say("It could not be sent. Try again."); }).finally(again);
  }
  queueMicrotask(() => form.querySelectorAll("button").forEach((one) => one.setAttribute("aria-disabled", "true")));
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  (document.getElementById("text") || document.getElementById("ask")).focus();
});

function lasted(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}

// The server's clock counts, not this machine's.
const skew = Date.parse(document.querySelector("meta[name=now]").content) - Date.now();
function tick() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(one.dataset.until) - Date.now() - skew) / 1000;
    one.textContent = left > 0 ? `${lasted(left)} left` : "expired";
  }
}
setInterval(tick, 1000);

/** Follow every card on the page that may still change: its run, and the approval that asks for it. */
export function watchCards(root = document) {
  for (const card of root.querySelectorAll("article.run[data-moving], article.question.pending")) {
    follow(card.dataset.run, card.dataset.mark, () => refresh(card.dataset.run));
  }
}

const refreshing = new Map();

/** Read the cards of a run anew; while one reading goes on, a further change makes one more. */
async function refresh(run) {
  if (refreshing.has(run)) { refreshing.set(run, true); return; }
  refreshing.set(run, false);
  try {
    do {
      refreshing.set(run, false);
      for (const card of document.querySelectorAll(`article[data-run="${run}"]`)) {
        const path = card.dataset.question ? `/approvals/${card.dataset.question}` : `/runs/${run}`;
        const html = await get(path);
        if (document.contains(card)) swap(card, html);
      }
    } while (refreshing.get(run));
  } catch { say("What is shown may be old. Load the page again."); } finally { refreshing.delete(run); }
}
watchCards();
