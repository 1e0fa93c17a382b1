export { type MigrationStream, SILENCE } from './frames.js';
export { type MigrateOptions, type MigrationReport, type MovingGuest, sendGuest } from './source.js';
export { type ArrivingGuest, receiveGuest } from './target.js';
