import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  createTheme,
  Kbd,
  type MantineColorsTuple,
  Menu,
  Modal,
  SegmentedControl,
  Select,
  Switch,
  TextInput,
  Tooltip,
} from '@mantine/core';

/** The one accent: the blue of ink. Everything else is grey, or a state. */
const ink: MantineColorsTuple = [
  '#eef1fd',
  '#dfe4fa',
  '#bcc6f4',
  '#97a6ee',
  '#7588e6',
  '#5a70e0',
  '#3f57d8',
  '#344abf',
  '#2b3ea5',
  '#22328a',
];

/** For what stops something; calmer than an alarm. */
const red: MantineColorsTuple = [
  '#fdebec',
  '#f9d5d7',
  '#f0aeb2',
  '#e88389',
  '#dd5a62',
  '#d0414a',
  '#c22f39',
  '#a5252e',
  '#8a1e26',
  '#6d161d',
];

const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#eff1f4',
  '#e3e6eb',
  '#d3d7de',
  '#b9bfc9',
  '#8d95a3',
  '#5f6877',
  '#474f5c',
  '#2f353f',
  '#1b1f26',
];

const dark: MantineColorsTuple = [
  '#dde1e8',
  '#b7bdc9',
  '#98a0af',
  '#717a8a',
  '#333945',
  '#262b35',
  '#1d2129',
  '#15181e',
  '#101217',
  '#0b0d10',
];

export const monospace =
  'ui-monospace, SFMono-Regular, Menlo, "Cascadia Mono", Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 6, dark: 6 },
  colors: { ink, gray, dark, red },
  black: '#1b1f26',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: monospace,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.3' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.4' },
      h3: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '10px', xl: '16px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } }),
    Alert: Alert.extend({ defaultProps: { variant: 'light' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'default', size: 'sm', radius: 'sm', tt: 'none', fw: 500 } }),
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'default', fw: 500 } }),
    Kbd: Kbd.extend({ styles: { root: { borderBottomWidth: 1, fontWeight: 500, padding: '1px 5px' } } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        size: 460,
        radius: 'lg',
        padding: 'lg',
        overlayProps: { backgroundOpacity: 0.4 },
      },
      styles: { title: { fontSize: '1rem', fontWeight: 600 } },
    }),
    SegmentedControl: SegmentedControl.extend({ styles: { label: { paddingInline: 10, fontWeight: 500 } } }),
    Select: Select.extend({ defaultProps: { size: 'xs' } }),
    Switch: Switch.extend({ defaultProps: { withThumbIndicator: false } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 400, withArrow: false, fz: 'xs', multiline: true, maw: 320 },
    }),
  },
});
