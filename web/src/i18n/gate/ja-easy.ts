/** Desks are staffed by people who read ordinary Japanese; their words are not yet written in やさしい日本語. */
export { default } from "./ja";
