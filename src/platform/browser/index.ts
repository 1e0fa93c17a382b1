// What the library needs of a browser.
export { type WebPlatformOptions, webPlatform } from './platform.js';
