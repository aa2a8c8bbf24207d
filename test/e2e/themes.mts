/** What three of the editor's own themes give a webview, of the variables that ours uses. */
export const THEMES = {
  dark: {
    kind: 'vscode-dark',
    variables: `
      --vscode-activityBarBadge-background: #0078d4;
      --vscode-activityBarBadge-foreground: #ffffff;
      --vscode-button-background: #0078d4;
      --vscode-button-border: rgba(255, 255, 255, 0.1);
      --vscode-button-foreground: #ffffff;
      --vscode-button-hoverBackground: #026ec1;
      --vscode-button-secondaryBackground: rgba(0, 0, 0, 0);
      --vscode-button-secondaryBorder: rgba(204, 204, 204, 0.15);
      --vscode-button-secondaryForeground: #cccccc;
      --vscode-button-secondaryHoverBackground: #2b2b2b;
      --vscode-charts-green: #89d185;
      --vscode-editor-background: #1f1f1f;
      --vscode-editor-font-size: 14px;
      --vscode-editorHoverWidget-background: #202020;
      --vscode-editorHoverWidget-border: rgba(204, 204, 204, 0.2);
      --vscode-editorWarning-foreground: #cca700;
      --vscode-editorWidget-background: #202020;
      --vscode-errorForeground: #f85149;
      --vscode-focusBorder: #0078d4;
      --vscode-foreground: #cccccc;
      --vscode-gitDecoration-addedResourceForeground: #81b88b;
      --vscode-icon-foreground: #cccccc;
      --vscode-input-background: #313131;
      --vscode-input-border: #3c3c3c;
      --vscode-input-foreground: #cccccc;
      --vscode-input-placeholderForeground: #989898;
      --vscode-inputValidation-errorBackground: #5a1d1d;
      --vscode-inputValidation-warningBackground: #352a05;
      --vscode-keybindingLabel-background: rgba(128, 128, 128, 0.17);
      --vscode-keybindingLabel-border: rgba(51, 51, 51, 0.6);
      --vscode-keybindingLabel-foreground: #cccccc;
      --vscode-list-activeSelectionBackground: #04395e;
      --vscode-list-activeSelectionForeground: #ffffff;
      --vscode-list-errorForeground: #f88070;
      --vscode-list-hoverBackground: #2a2d2e;
      --vscode-list-inactiveSelectionBackground: #37373d;
      --vscode-list-warningForeground: #cca700;
      --vscode-scrollbarSlider-background: rgba(121, 121, 121, 0.4);
      --vscode-textLink-foreground: #4daafc;
      --vscode-toolbar-hoverBackground: rgba(90, 93, 94, 0.31);
      --vscode-widget-shadow: rgba(0, 0, 0, 0.36);
      --vscode-font-family: sans-serif;
      --vscode-editor-font-family: monospace;
    `,
  },
  light: {
    kind: 'vscode-light',
    variables: `
      --vscode-activityBarBadge-background: #005fb8;
      --vscode-activityBarBadge-foreground: #ffffff;
      --vscode-button-background: #005fb8;
      --vscode-button-border: rgba(0, 0, 0, 0.1);
      --vscode-button-foreground: #ffffff;
      --vscode-button-hoverBackground: #0258a8;
      --vscode-button-secondaryBackground: #e5e5e5;
      --vscode-button-secondaryBorder: rgba(59, 59, 59, 0.15);
      --vscode-button-secondaryForeground: #3b3b3b;
      --vscode-button-secondaryHoverBackground: #cccccc;
      --vscode-charts-green: #388a34;
      --vscode-editor-background: #ffffff;
      --vscode-editor-font-size: 14px;
      --vscode-editorHoverWidget-background: #f8f8f8;
      --vscode-editorHoverWidget-border: rgba(59, 59, 59, 0.2);
      --vscode-editorWarning-foreground: #bf8803;
      --vscode-editorWidget-background: #f8f8f8;
      --vscode-errorForeground: #f85149;
      --vscode-focusBorder: #005fb8;
      --vscode-foreground: #3b3b3b;
      --vscode-gitDecoration-addedResourceForeground: #587c0c;
      --vscode-icon-foreground: #3b3b3b;
      --vscode-input-background: #ffffff;
      --vscode-input-border: #cecece;
      --vscode-input-foreground: #3b3b3b;
      --vscode-input-placeholderForeground: #767676;
      --vscode-inputValidation-errorBackground: #f2dede;
      --vscode-inputValidation-warningBackground: #f6f5d2;
      --vscode-keybindingLabel-background: rgba(221, 221, 221, 0.4);
      --vscode-keybindingLabel-border: rgba(204, 204, 204, 0.4);
      --vscode-keybindingLabel-foreground: #3b3b3b;
      --vscode-list-activeSelectionBackground: #e8e8e8;
      --vscode-list-activeSelectionForeground: #000000;
      --vscode-list-errorForeground: #b01011;
      --vscode-list-hoverBackground: #f2f2f2;
      --vscode-list-inactiveSelectionBackground: #e4e6f1;
      --vscode-list-warningForeground: #855f00;
      --vscode-scrollbarSlider-background: rgba(100, 100, 100, 0.4);
      --vscode-textLink-foreground: #005fb8;
      --vscode-toolbar-hoverBackground: rgba(184, 184, 184, 0.31);
      --vscode-widget-shadow: rgba(0, 0, 0, 0.16);
      --vscode-font-family: sans-serif;
      --vscode-editor-font-family: monospace;
    `,
  },
  hc: {
    kind: 'vscode-high-contrast',
    variables: `
      --vscode-activityBarBadge-background: #000000;
      --vscode-activityBarBadge-foreground: #ffffff;
      --vscode-button-background: #000000;
      --vscode-button-border: #6fc3df;
      --vscode-button-foreground: #ffffff;
      --vscode-button-hoverBackground: #000000;
      --vscode-button-secondaryBorder: #6fc3df;
      --vscode-button-secondaryForeground: #ffffff;
      --vscode-charts-green: #89d185;
      --vscode-contrastActiveBorder: #f38518;
      --vscode-contrastBorder: #6fc3df;
      --vscode-editor-background: #000000;
      --vscode-editor-font-size: 14px;
      --vscode-editorHoverWidget-background: #0c141f;
      --vscode-editorHoverWidget-border: #6fc3df;
      --vscode-editorWarning-foreground: #ffd370;
      --vscode-editorWidget-background: #0c141f;
      --vscode-errorForeground: #f48771;
      --vscode-focusBorder: #f38518;
      --vscode-foreground: #ffffff;
      --vscode-gitDecoration-addedResourceForeground: #a1e3ad;
      --vscode-icon-foreground: #ffffff;
      --vscode-input-background: #000000;
      --vscode-input-border: #6fc3df;
      --vscode-input-foreground: #ffffff;
      --vscode-input-placeholderForeground: rgba(255, 255, 255, 0.7);
      --vscode-inputValidation-errorBackground: #000000;
      --vscode-inputValidation-warningBackground: #000000;
      --vscode-keybindingLabel-background: rgba(0, 0, 0, 0);
      --vscode-keybindingLabel-border: #6fc3df;
      --vscode-keybindingLabel-foreground: #ffffff;
      --vscode-list-hoverBackground: rgba(255, 255, 255, 0.1);
      --vscode-scrollbarSlider-background: rgba(111, 195, 223, 0.6);
      --vscode-textLink-foreground: #21a6ff;
      --vscode-font-family: sans-serif;
      --vscode-editor-font-family: monospace;
    `,
  },
} as const;
