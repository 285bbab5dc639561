package figures

import "fmt"

// The languages of the figures.
const (
	English = "en"
	French  = "fr" // in the words of the lecture
)

// Language is the language of the words in all figures. Set it before a figure is made: its alternative text is written then.
var Language = English

// Translate returns a text in the Language: in French what the catalogue has for it, or for the first of the patterns that it has the form of,
// its parts translated likewise. What the catalogue does not have, such as names, stays as it is, with its numbers as French writes them.
func Translate(text string) string {
	if Language != French {
		return text
	}
	if t, ok := french[text]; ok {
		return t
	}
	for _, p := range patterns() {
		if t, ok := p.french(text); ok {
			return t
		}
	}
	return frenchNumbers(text)
}

// Say formats as fmt.Sprintf does, with the format and texts among the arguments in the Language.
func Say(format string, args ...any) string {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = Translate(text)
		}
	}
	text := fmt.Sprintf(Translate(format), args...)
	if Language == French {
		return frenchNumbers(text)
	}
	return text
}
