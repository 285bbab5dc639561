package figures

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a format of the catalogue, which finds again what was written with it: "k-NN of the test images, bank of 256" is "%s, %s", and its
// second part "bank of %d".
type pattern struct {
	format  string
	begins  int            // where its first verb stands
	letters int            // how many are not verbs
	piece   string         // the longest of what is not a verb: a text without it has not the form
	form    *regexp.Regexp // with a group for each verb
	said    string         // the French, with verbs for texts
}

// patterns are those of the catalogue: first those that say how a text begins, and those that say more of it before those that say less, of
// which "%s; %s" comes before "%s: %s" and that before "%s, %s".
var patterns = sync.OnceValue(func() []pattern {
	var all []pattern
	for format, said := range french {
		if slices.ContainsFunc(verb.FindAllString(format, -1), func(v string) bool { return v != "%%" }) {
			all = append(all, newPattern(format, said))
		}
	}
	slices.SortFunc(all, func(a, b pattern) int {
		return cmp.Or(b.begins-a.begins, b.letters-a.letters, strings.Compare(b.format, a.format))
	})
	return all
})

// verb is one of a format, perhaps numbered as in "%[2]s".
var verb = regexp.MustCompile(`%(\[\d\])?[-+#0-9.]*([a-z%])`)

// The forms of what verbs write: a text does not begin or end in a space, so that French, which has one before a colon, has no form of an
// English format.
const (
	textForm    = `([^\s\p{Z}]|[^\s\p{Z}].*?[^\s\p{Z}])`
	wholeForm   = `([-−]?\d+)`
	decimalForm = `([-−]?\d+(?:\.\d+)?(?:e[-+−]?\d+)?|NaN|[-+]Inf)`
)

func newPattern(format, said string) pattern {
	p := pattern{format: format, begins: verb.FindStringIndex(format)[0]}
	form, end := "^", 0
	add := func(piece string) {
		form += regexp.QuoteMeta(piece)
		p.letters += utf8.RuneCountInString(piece)
		if len(piece) > len(p.piece) {
			p.piece = piece
		}
	}
	for _, at := range verb.FindAllStringIndex(format, -1) {
		add(format[end:at[0]])
		end = at[1]
		switch format[end-1] {
		case '%':
			add("%")
		case 'd':
			form += wholeForm
		case 'e', 'f', 'g':
			form += decimalForm
		default:
			form += textForm
		}
	}
	add(format[end:])
	p.form = regexp.MustCompile(form + "$")
	p.said = verb.ReplaceAllStringFunc(said, func(v string) string {
		if v == "%%" {
			return v
		}
		return "%" + verb.FindStringSubmatch(v)[1] + "s"
	})
	return p
}

// french returns a text of the pattern's form in French; ok is false if it is of another form.
func (p pattern) french(text string) (t string, ok bool) {
	if !strings.Contains(text, p.piece) {
		return "", false
	}
	found := p.form.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	parts := make([]any, len(found)-1)
	for i, part := range found[1:] {
		parts[i] = Translate(part)
	}
	return fmt.Sprintf(p.said, parts...), true
}

var (
	numberLike = regexp.MustCompile(`[\w./+−-]+`)
	decimals   = regexp.MustCompile(`^([-−]?\d+)\.(\d+(?:e[-+−]?\d+)?[kMs]?\.?)$`)
	percentage = regexp.MustCompile(`(\d)%`)
)

// frenchNumbers writes decimal commas, and a space before the sign of percent; versions and paths, which are no numbers, stay.
func frenchNumbers(text string) string {
	text = numberLike.ReplaceAllStringFunc(text, func(s string) string { return decimals.ReplaceAllString(s, "$1,$2") })
	return percentage.ReplaceAllString(text, "$1 %")
}
