/** Style is bundled, and exports nothing. */
declare module '*.css';
