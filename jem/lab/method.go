package lab

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// ShowMethod shows the diagram of a method, and its row of components as a table.
func ShowMethod(m jem.Method) error {
	if err := show(figures.JEM(joint(m))); err != nil {
		return err
	}
	fmt.Print(wrap(m.Table(), tableWidth))
	return nil
}

// tableWidth is how many letters of a table a notebook shows in a line.
const tableWidth = 96

// wrap breaks the lines of a table of two columns that are longer than width letters; what goes on stands under the second
// column.
func wrap(table string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		name, _, _ := strings.Cut(line, "  ")
		indent := len(line) - len(strings.TrimLeft(strings.TrimPrefix(line, name), " "))
		b.WriteString(breakLine(line, width, indent))
	}
	return b.String()
}

// breakLine breaks a line between words so that no part is longer than width letters, if they allow it; what goes on is indented.
func breakLine(line string, width, indent int) string {
	var b strings.Builder
	for utf8.RuneCountInString(line) > width {
		at := strings.LastIndex(string([]rune(line)[:width]), " ")
		if at <= indent {
			break
		}
		b.WriteString(line[:at] + "\n")
		line = strings.Repeat(" ", indent) + line[at+1:]
	}
	return b.String() + line
}

// joint returns a method as its diagram shows it.
func joint(m jem.Method) figures.Joint {
	j := figures.Joint{
		Title: m.Name, Projector: widths(m.Projector), Predictor: widths(m.Predictor),
		StopX: m.StopGradient == "x", StopY: m.StopGradient == "y", A: functionals(m.A), B: functionals(m.B),
		Second: map[string]string{"shared": "shared weights", "separate": "separate weights",
			"momentum": fmt.Sprintf("momentum m = %g", m.Second.Momentum)}[m.Second.Kind],
	}
	if m.Energy.Weight > 0 {
		j.Energy = map[string]string{"dot": "−sim", "cosine": "−sim", "squared": "squared distance", "mean-squared": "mean squared distance"}[m.Energy.Kind]
		if m.Energy.Temperature != 1 {
			j.Energy += fmt.Sprintf(" / %g", m.Energy.Temperature)
		}
	}
	if m.MemoryBank.Kind != "" {
		j.Bank = figures.Say("memory bank: %s of %d keys", m.MemoryBank.Kind, m.MemoryBank.Size)
	}
	return j
}

func widths(m nn.MLP) string {
	var words []string
	for _, w := range m.Widths {
		words = append(words, fmt.Sprint(w))
	}
	return strings.Join(words, "-")
}

func functionals(list []jem.Functional) string {
	var words []string
	for _, f := range list {
		words = append(words, f.Kind)
	}
	return strings.Join(words, ", ")
}
