// A file of its own and not an inline script, so that the page's security policy can refuse inline scripts.
const mount = document.getElementById("swagger-ui");
// swagger would keep one token for every page of this origin, and each side refuses the tokens of the other.
const kept = `daf token ${mount.dataset.session}`;
const remember = () => ({
  statePlugins: { auth: { wrapActions: {
    authorize: (act) => (given) => { localStorage.setItem(kept, given.token.value); return act(given); },
    logout: (act) => (names) => { localStorage.removeItem(kept); return act(names); },
  } } },
});
const ui = SwaggerUIBundle({
  domNode: mount,
  url: mount.dataset.document,
  deepLinking: true,
  filter: true,
  docExpansion: "none",
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [remember],
  onComplete: () => {
    const token = localStorage.getItem(kept);
    if (token) ui.preauthorizeApiKey("token", token);
  },
});
