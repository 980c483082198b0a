/** Where the interface lies inside the app. A standard scheme, so that it has an origin of its own and relative addresses. */
export const interfaceScheme = 'app';
export const interfaceHost = 'postern';
export const interfaceOrigin = `${interfaceScheme}://${interfaceHost}`;
export const interfaceUrl = `${interfaceOrigin}/`;
