import { notifications } from '@mantine/notifications';
import { createElement } from 'react';
import { rebuildError } from '../bridge/rebuild-error.ts';
import { ErrorText } from '../elements/ErrorText.tsx';
import { capitalised } from '../format/sentence.ts';

/** An act failed: what happened to what, what can be done, and the code. Stays until put away. */
export function showError(error: unknown): void {
  const { message, hint, code } = rebuildError(error);
  notifications.show({
    id: `${code} ${message}`,
    color: 'red',
    autoClose: false,
    withBorder: true,
    title: capitalised(message),
    message: createElement(ErrorText, { hint, code }),
  });
}
