/** A feature's texts in another language: the same names, other words. A missing or a superfluous one does not compile. */
export type Translated<Texts> = { readonly [Name in keyof Texts]: string }
