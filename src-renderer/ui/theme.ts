import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** Ten steps each in Mantine's order, of equal lightness, so that any two hues weigh the same. Amber is `yellow`. */
const colors = {
  gray: ['#f8fafb', '#f2f5f7', '#e7ecee', '#dae0e3', '#bdc5ca', '#8a949a', '#646f76', '#4a565c', '#2f3a40', '#141d22'],
  dark: ['#e6eaed', '#c8cfd3', '#a0abb1', '#879399', '#384147', '#262e32', '#1a2125', '#141a1d', '#0f1316', '#090d0f'],
  teal: ['#e9faf7', '#cff2ed', '#a7e4db', '#77d1c5', '#4cbbae', '#2e9c91', '#197e74', '#11665e', '#0f4e48', '#0b3833'],
  green: ['#ebfbed', '#d4f3d7', '#b0e6b7', '#86d391', '#65bd74', '#4a9e5a', '#347f44', '#2a6736', '#214f2a', '#19381e'],
  yellow: [
    '#fff4e7',
    '#ffe5c7',
    '#fecc8f',
    '#efb05c',
    '#da9736',
    '#b97a13',
    '#956108',
    '#784e08',
    '#5d3c07',
    '#432b07',
  ],
  red: ['#fff3f1', '#ffe2de', '#fec6c0', '#faa39a', '#f47f75', '#dd5750', '#bf3231', '#9c2625', '#791e1d', '#571715'],
  blue: ['#f0f6ff', '#dcebfe', '#bcd8fe', '#97c1f7', '#73a9ed', '#4f8bd6', '#2f6eb9', '#225899', '#194477', '#133155'],
} satisfies Record<string, MantineColorsTuple>

/** Sizes, colours and defaults of Mantine; what components name themselves is in tokens.css. */
export const theme = createTheme({
  colors,
  black: '#07201d',
  primaryColor: 'teal',
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.28,
  fontFamily: 'var(--hf-font)',
  fontFamilyMonospace: 'var(--hf-font-mono)',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '14px', xl: '16px' },
  lineHeights: { xs: '16px', sm: '16px', md: '20px', lg: '24px', xl: '24px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '24px', lineHeight: '32px' },
      h2: { fontSize: '18px', lineHeight: '24px' },
      h3: { fontSize: '16px', lineHeight: '24px' },
      h4: { fontSize: '13px', lineHeight: '20px' },
    },
  },
  spacing: { xxs: '4px', xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '2px', sm: '6px', md: '10px' },
  defaultRadius: 'sm',
  cursorType: 'default',
  respectReducedMotion: true,
  components: {
    Button: {
      defaultProps: { size: 'sm', variant: 'default' },
      styles: { root: { fontWeight: 500 } },
      vars: (_theme: unknown, { size }: { size?: string }) =>
        size === 'sm'
          ? { root: { '--button-height': '32px', '--button-fz': '13px', '--button-padding-x': '12px' } }
          : { root: {} },
    },
    Input: {
      vars: (_theme: unknown, { size }: { size?: string }) =>
        size === 'sm' ? { wrapper: { '--input-height': '32px', '--input-fz': '13px' } } : { wrapper: {} },
    },
    InputWrapper: { styles: { label: { marginBottom: 4, color: 'var(--hf-text-2)', fontWeight: 500, fontSize: 12 } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false, comboboxProps: { shadow: 'md' } } },
    NumberInput: { defaultProps: { size: 'sm' } },
    Checkbox: { defaultProps: { size: 'xs', radius: 4 } },
    Radio: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs', withThumbIndicator: false } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end', transitionProps: { duration: 120 } } },
    Badge: {
      defaultProps: { variant: 'light', size: 'md', radius: 'sm' },
      vars: (_theme: unknown, { color, variant }: { color?: string; variant?: string }) => ({
        root: variant === 'light' ? badgeColors(color) : {},
      }),
    },
    Modal: {
      defaultProps: { centered: true, radius: 'md', transitionProps: { duration: 150 } },
      classNames: { title: 'hf-h4' },
    },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 8 } },
    Skeleton: { defaultProps: { radius: 'sm' } },
  },
})

const badgeTones: Readonly<Record<string, string>> = { green: 'ok', yellow: 'warn', red: 'bad', blue: 'info' }

/** Tints as everywhere else: the tone's own text on its softest ground, neutral for what is neither good nor bad. */
function badgeColors(color: string | undefined) {
  const tone = badgeTones[color ?? '']
  return tone === undefined
    ? { '--badge-bg': 'var(--hf-active)', '--badge-color': 'var(--hf-text-2)' }
    : { '--badge-bg': `var(--hf-${tone}-soft)`, '--badge-color': `var(--hf-${tone})` }
}

/** Hands our semantic names to Mantine's own, so that its components stand on the same surfaces. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--hf-body)',
    '--mantine-color-default': 'var(--hf-surface)',
    '--mantine-color-default-border': 'var(--hf-border-strong)',
    '--mantine-color-default-hover': 'var(--hf-surface-hover)',
    '--mantine-color-default-color': 'var(--hf-text)',
    '--mantine-color-text': 'var(--hf-text)',
    '--mantine-color-dimmed': 'var(--hf-text-2)',
    '--mantine-color-placeholder': 'var(--hf-text-3)',
    '--mantine-color-anchor': 'var(--hf-accent-text)',
    '--mantine-color-error': 'var(--hf-bad)',
    '--mantine-color-gray-light-color': 'var(--hf-text-2)',
    '--mantine-color-gray-light': 'var(--hf-active)',
    '--mantine-color-gray-light-hover': 'var(--hf-active)',
    '--mantine-shadow-md': 'var(--hf-shadow-float)',
  }
  return { variables: {}, light: shared, dark: shared }
}
