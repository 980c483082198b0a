import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Shortcut } from './Shortcut.tsx';

interface FilterInputProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  width?: number | string;
}

/** The filter of a screen: `/` goes to it, Escape empties it. */
export function FilterInput({ label, placeholder, value, onChange, width = 240 }: FilterInputProps) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      data-filter
      w={width}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        value ? <CloseButton size="xs" aria-label="Clear" onClick={() => onChange('')} /> : <Shortcut keys="/" />
      }
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && value) {
          event.stopPropagation();
          onChange('');
        }
      }}
      styles={{ input: { WebkitAppearance: 'none' } }}
    />
  );
}
