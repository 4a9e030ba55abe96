"use strict";

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null, // It would ask a server on the internet.
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
