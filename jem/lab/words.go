package lab

import (
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"jemlab/figures"
)

// stdout returns the standard output, for what a cell prints in figures.Language.
func stdout() io.Writer { return spoken{os.Stdout} }

// spoken writes text in figures.Language, in lines that a notebook need not break. Whole lines come at a time, or whole cells of one.
type spoken struct{ w io.Writer }

func (s spoken) Write(text []byte) (int, error) {
	_, err := io.WriteString(s.w, wrapText(inWords(string(text)), tableWidth))
	return len(text), err
}

// inWords returns printed text in figures.Language, with its columns under each other as before.
func inWords(text string) string {
	if figures.Language == figures.English {
		return text
	}
	lines := strings.Split(text, "\n")
	for begin, end := 0, 0; begin < len(lines); begin = end {
		for end = begin + 1; end < len(lines) && len(cellsOf(lines[end])) == len(cellsOf(lines[begin])); {
			end++
		}
		translateRows(lines[begin:end])
	}
	return strings.Join(lines, "\n")
}

// cell is one of a line; cells have two spaces or more between them.
var cell = regexp.MustCompile(`\S+(?: \S+)*`)

func cellsOf(line string) [][]int { return cell.FindAllStringIndex(line, -1) }

// translateRows translates lines of as many cells each. A column moves to the right, in all of them, where one before it needs the room.
func translateRows(lines []string) {
	rows, moved := make([]string, len(lines)), 0
	for column := range cellsOf(lines[0]) {
		for i, line := range lines {
			begin := utf8.RuneCountInString(line[:cellsOf(line)[column][0]])
			if need := utf8.RuneCountInString(rows[i]) + 2 - begin; column > 0 {
				moved = max(moved, need)
			}
		}
		for i, line := range lines {
			at := cellsOf(line)[column]
			begin := utf8.RuneCountInString(line[:at[0]]) + moved
			rows[i] += strings.Repeat(" ", begin-utf8.RuneCountInString(rows[i])) + translateCell(line[at[0]:at[1]])
		}
	}
	for i, line := range lines {
		rest := utf8.RuneCountInString(line) - utf8.RuneCountInString(rows[i])
		if strings.HasSuffix(line, " ") {
			rows[i] += strings.Repeat(" ", max(rest, 1))
		}
		lines[i] = rows[i]
	}
}

// translateCell translates a cell, each cell of a row of Markdown, and what stands before the semicolon at the end of a line.
func translateCell(text string) string {
	if strings.HasPrefix(text, "|") {
		parts := strings.Split(text, "|")
		for i, part := range parts {
			if trimmed := strings.TrimSpace(part); trimmed != "" {
				parts[i] = " " + figures.Translate(trimmed) + " "
			}
		}
		return strings.Join(parts, "|")
	}
	if part, ends := strings.CutSuffix(text, ";"); ends {
		return figures.Translate(part) + " ;"
	}
	return figures.Translate(text)
}

// wrapText breaks the lines of a text that are longer than width letters, with what goes on four letters in. Tables stay as they are.
func wrapText(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if body := strings.TrimLeft(line, " "); !strings.Contains(body, "  ") && !strings.HasPrefix(body, "|") {
			line = breakLine(line, width, 4)
		}
		b.WriteString(line)
	}
	return b.String()
}
