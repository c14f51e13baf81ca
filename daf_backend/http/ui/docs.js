// A file of its own and not an inline script, so that the page's security policy can refuse inline scripts.
const mount = document.getElementById("swagger-ui");
SwaggerUIBundle({
  domNode: mount,
  url: mount.dataset.document,
  deepLinking: true,
  filter: true,
  docExpansion: "none",
  persistAuthorization: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
