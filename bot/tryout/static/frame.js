// Inside SimCord's page: a mentioned channel can be opened, as in Discord.
document.addEventListener("click", (event) => {
  const mention = event.target instanceof Element && event.target.closest(".mention");
  const name = mention ? mention.textContent.trim() : "";
  if (name.startsWith("#")) window.parent.postMessage({ room: name.slice(1) }, window.location.origin);
});

// Discord offers choices as soon as a field is entered; SimCord waits for the first letter.
document.addEventListener("focusin", (event) => {
  const field = event.target;
  if (field instanceof HTMLInputElement && field.matches('.command-option-input[aria-autocomplete="list"]') && !field.value) {
    setTimeout(() => {
      if (field.isConnected && document.activeElement === field && !field.value) field.dispatchEvent(new Event("input", { bubbles: true }));
    }, 60);
  }
});

// SimCord tells in its toolbar, which is hidden here, when an action came to nothing.
const PROBLEMS = new Map([
  ["Action was not completed.", "That did not go through. Please try again."],
  ["Action outcome uncertain. It will not be retried.", "That takes long. The answer appears once it is there."],
]);
const status = document.getElementById("action-status");
if (status) {
  let last = "";
  new MutationObserver(() => {
    const words = status.textContent ?? "";
    if (words !== last && PROBLEMS.has(words)) window.parent.postMessage({ problem: PROBLEMS.get(words) }, window.location.origin);
    last = words;
  }).observe(status, { childList: true, characterData: true, subtree: true });
}
