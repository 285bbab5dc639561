package jem

import (
	"fmt"
	"strings"

	"jemlab/jem/nn"
)

// Components are the columns of Row: the lecture's components and the techniques that methods lean on.
var Components = []string{"method", "views", "y branch", "projector", "predictor", "stop-gradient", "batch norm", "normalise",
	"quantise", "memory bank", "energy D", "A", "B"}

// absent stands for a component that a method does not have.
const absent = "–"

// Row returns the method as a row of a table whose columns are Components: a few letters a component, "–" where it has none.
func (m Method) Row() []string {
	return []string{m.Name, m.viewsInShort(), m.Second.inShort(), inShort(m.Projector), inShort(m.Predictor),
		orAbsent(m.StopGradient), m.BatchNorm.inShort(), orAbsent(strings.TrimPrefix(m.Normalization, "none")),
		m.Quantizer.inShort(), m.MemoryBank.inShort(), m.Energy.inShort(), functionalsInShort(m.A), functionalsInShort(m.B)}
}

func orAbsent(s string) string {
	if s == "" {
		return absent
	}
	return s
}

func (m Method) viewsInShort() string {
	name := func(letter string, tiles int) string {
		if tiles > 1 {
			return fmt.Sprintf("jigsaw of %d", tiles)
		}
		return letter
	}
	text := name("x", m.Views.X.Tiles()) + ", " + name("y", m.Views.Y.Tiles())
	if m.Views.Same {
		text = name("x", m.Views.X.Tiles())
	}
	if m.Views.Local > 0 {
		text += fmt.Sprintf(", %d local", m.Views.Local)
	}
	if m.Symmetric {
		text += " both ways"
	}
	return text
}

func (b Branch) inShort() string {
	switch {
	case b.Kind != "momentum":
		return b.Kind
	case b.Schedule != "":
		return fmt.Sprintf("momentum %g to 1", b.Momentum)
	}
	return fmt.Sprintf("momentum %g", b.Momentum)
}

func inShort(p nn.MLP) string {
	if len(p.Widths) == 0 {
		return absent
	}
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Widths), " ", "-"), "[]")
	switch {
	case p.OutputBatchNorm:
		return text + " BN, last too"
	case p.BatchNorm:
		return text + " BN"
	}
	return text
}

func (b BatchNorm) inShort() string {
	switch {
	case b.Views == "none":
		return absent
	case b.Groups > 1:
		return fmt.Sprintf("%s in %d", b.Views, b.Groups)
	}
	return b.Views
}

func (q Quantizer) inShort() string {
	if q.Kind == "" {
		return absent
	}
	text := fmt.Sprintf("%s %d", q.Kind, q.Prototypes)
	if q.Centering > 0 {
		text += " centred"
	}
	return text
}

func (b MemoryBank) inShort() string {
	switch {
	case b.Kind == "":
		return absent
	case b.Size == 0:
		return b.Kind
	}
	return fmt.Sprintf("%s %d", b.Kind, b.Size)
}

func (e Energy) inShort() string {
	switch {
	case e.Weight == 0:
		return absent
	case e.Temperature == 1:
		return e.Kind
	}
	return fmt.Sprintf("%s / %g", e.Kind, e.Temperature)
}

func functionalsInShort(list []Functional) string {
	var words []string
	for _, f := range list {
		word := f.Kind
		if f.Pairs != "" {
			word += " " + f.Pairs
		}
		words = append(words, word)
	}
	return orAbsent(strings.Join(words, ", "))
}

// Section is a family in the table of methods.
type Section struct {
	Name string
	Rows [][]string // the cells of Components
}

// Sections returns the table of all methods, family by family, and in a last section the variants, if there are any.
func Sections(variants ...Method) []Section {
	var sections []Section
	for _, f := range Families() {
		s := Section{Name: f.Name}
		for _, name := range f.Methods {
			s.Rows = append(s.Rows, methods[name]().Row())
		}
		sections = append(sections, s)
	}
	if len(variants) > 0 {
		s := Section{Name: "variants"}
		for _, m := range variants {
			s.Rows = append(s.Rows, m.Row())
		}
		sections = append(sections, s)
	}
	return sections
}

// Overview returns Sections as text: the lecture's view of the field.
func Overview(variants ...Method) string {
	sections := Sections(variants...)
	widths := make([]int, len(Components))
	for _, s := range append([]Section{{Rows: [][]string{Components}}}, sections...) {
		for _, row := range s.Rows {
			for i, cell := range row {
				widths[i] = max(widths[i], len([]rune(cell)))
			}
		}
	}
	var out strings.Builder
	line := func(row []string) {
		text := ""
		for i, cell := range row {
			text += fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		out.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line(Components)
	for _, s := range sections {
		out.WriteString("\n" + s.Name + "\n")
		for _, row := range s.Rows {
			line(row)
		}
	}
	return out.String()
}
