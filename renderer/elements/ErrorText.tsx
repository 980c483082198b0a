import { capitalised } from '../format/sentence.ts';

/** The second half of an error: its hint as a sentence, and its code to search for. */
export function ErrorText({ hint, code }: { hint: string | null | undefined; code: string }) {
  return (
    <>
      {hint && <span>{capitalised(hint)}. </span>}
      <code style={{ fontSize: 11, opacity: 0.75 }}>{code}</code>
    </>
  );
}
