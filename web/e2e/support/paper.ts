import { type Page, test } from "@playwright/test";

/** What the page prints on paper of its own size, kept beside its pictures. */
export function printed(page: Page, name: string, printBackground = false): Promise<Buffer> {
  const path = test.info().outputPath(`${name}.pdf`);
  return page.pdf({ path, preferCSSPageSize: true, printBackground });
}

/** How many pages a PDF has: each is an object of its own; the tree of pages is another word. */
export function pagesOf(pdf: Buffer): number {
  return (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
}
