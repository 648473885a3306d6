// The chat: what is said appears at once, answers come in the order they are stored, each shown once.
import { get, parse, post, say, watchCards } from "./main.js";
import { followSession, onLine, speak } from "./live.js";

const chat = document.querySelector(".chat");
const list = document.getElementById("entries");
const composer = document.querySelector(".composer");
const text = document.getElementById("text");
const line = document.getElementById("line");
let session = chat.dataset.session;
let cursor = Number(chat.dataset.cursor);
let fetching = null;
let again = false;
const streamed = new Map();

function nearEnd() {
  return window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 160;
}

function toEnd(force) {
  if (force || nearEnd()) window.scrollTo({ top: document.documentElement.scrollHeight });
}

function pending(id, words) {
  const shown = parse(`<li class="entry pending"><div class="said" role="group"><p></p></div><div class="answer"><p class="thinking"><span class="dots" aria-hidden="true"></span><span class="words">Thinking</span></p><p class="stream"></p></div></li>`).firstChild;
  shown.dataset.event = id;
  shown.querySelector(".said").setAttribute("aria-label", `${chat.dataset.person} said`);
  shown.querySelector(".said p").textContent = words;
  list.append(shown);
  toEnd(true);
  return shown;
}

/** Read what is new from the ledger; what is there already, by its key, is replaced or left. */
async function read() {
  if (fetching) { again = true; return fetching; }
  fetching = (async () => {
    do {
      again = false;
      const fresh = parse(await get(`/chat/${session}/since?after=${cursor}`));
      const atEnd = nearEnd();
      for (const entry of [...fresh.querySelectorAll("li.entry:not(.pending)")]) {
        cursor = Math.max(cursor, Number(entry.dataset.at));
        if (document.getElementById(entry.id)) continue;
        const waiting = entry.dataset.request && list.querySelector(`[data-request="${entry.dataset.request}"], #p-${entry.dataset.request}`);
        if (waiting) waiting.replaceWith(entry); else {
          const before = list.querySelector(".pending");
          if (before) before.before(entry); else list.append(entry);
        }
        watchCards(entry);
        say(`CoPilot: ${entry.querySelector(".answer").textContent.trim().replace(/\s+/g, " ").slice(0, 300)}`);
        if (atEnd || waiting) entry.scrollIntoView({ block: entry.offsetHeight > window.innerHeight * 0.7 ? "start" : "nearest" });
      }
    } while (again);
  })();
  try { await fetching; } finally { fetching = null; }
}

function heard(message) {
  if (message.type === "Taken") {
    const shown = list.querySelector(`[data-event="${message.event_id}"]`);
    if (shown) shown.dataset.request = message.request_id;
  } else if (message.type === "StreamChunk") {
    const shown = list.querySelector(`[data-request="${message.request_id}"]`);
    if (!shown) return;
    const words = message.withdrawn ? "" : (streamed.get(message.request_id) || "") + message.chunk;
    streamed.set(message.request_id, words);
    shown.querySelector(".stream").textContent = words;
    toEnd(false);
  } else if (message.type === "Reply" || message.type === "Post") {
    read().catch(() => {});
  } else if (message.type === "Error") {
    const shown = list.querySelector(`[data-event="${message.event_id}"]`);
    if (shown) {
      const words = parse('<p class="notice bad"></p>').firstChild;
      words.textContent = message.detail;
      shown.querySelector(".answer").replaceChildren(words);
      if (message.status !== 503) shown.classList.remove("pending");
    }
    say(message.detail);
  }
}

async function begin() {
  if (session) return;
  const answer = await post("/chat/new", {});
  if (!answer.ok) throw new Error("no conversation");
  session = (await answer.text()).trim();
  chat.dataset.session = session;
  composer.action = `/chat/${session}`;
  history.replaceState(null, "", `/chat/${session}`);
  document.querySelector(".hello")?.remove();
  followSession(session, () => cursor, heard);
}

async function sendWords(words) {
  await begin();
  const id = speak(session, words);
  pending(id, words);
  say("Thinking");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-say]")) return;
  event.preventDefault();
  const chosen = event.submitter && event.submitter.name === "text" ? event.submitter.value : text.value;
  const words = chosen.trim();
  if (!words) return;
  if (form === composer) text.value = "";
  text.focus();
  sendWords(words).catch(() => { if (form === composer) text.value = words; say("It could not be sent. Try again."); });
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); composer.requestSubmit(); }
});
onLine.addEventListener("off", () => { line.textContent = "The connection broke off. Trying again …"; line.hidden = false; });
onLine.addEventListener("on", () => { if (!line.hidden) { line.hidden = true; if (session) read().catch(() => {}); } });

if (session) {
  followSession(session, () => cursor, heard);
  if (location.hash === "#latest" || list.children.length) toEnd(true);
} else {
  text.focus();
}
