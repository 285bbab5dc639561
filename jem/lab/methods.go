package lab

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/jem"
)

// ShowMethods shows all methods as rows of components, family by family: the lecture's view of the field. Variants are shown
// below them.
func ShowMethods(variants ...jem.Method) error {
	if !gonbui.IsNotebook {
		fmt.Print(jem.Overview(variants...))
		return nil
	}
	gonbui.DisplayHTML(methodsTable(variants))
	gonbui.Sync()
	return nil
}

// methodsTable returns the table as HTML that scrolls sideways where the page is narrow.
func methodsTable(variants []jem.Method) string {
	var b strings.Builder
	b.WriteString(`<div style="overflow-x:auto"><table style="font-size:85%;text-align:left"><tr>`)
	for _, name := range jem.Components {
		b.WriteString(`<th style="text-align:left">` + html.EscapeString(name) + "</th>")
	}
	b.WriteString("</tr>")
	for _, section := range jem.Sections(variants...) {
		fmt.Fprintf(&b, `<tr><th colspan="%d" style="text-align:left">%s</th></tr>`, len(jem.Components), html.EscapeString(section.Name))
		for _, row := range section.Rows {
			b.WriteString("<tr>")
			for _, cell := range row {
				b.WriteString(`<td style="text-align:left;white-space:nowrap">` + html.EscapeString(cell) + "</td>")
			}
			b.WriteString("</tr>")
		}
	}
	b.WriteString("</table></div>")
	return b.String()
}
