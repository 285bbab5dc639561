package figures

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// inLanguage sets the language for a test.
func inLanguage(t *testing.T, language string) {
	was := Language
	t.Cleanup(func() { Language = was })
	Language = language
}

// diagramNames are the samples of the lecture's figures 1 to 8.
var diagramNames = []string{"taxonomy", "stages", "autoencoder", "autoencoder-plain", "pretext-jigsaw", "pretext-rotation", "jem", "jem-views", "batch", "bank", "bank-momentum"}

// TestDiagramsSpeakFrench draws the lecture's figures in both languages: no words may be in both, but for names and words that are the same.
func TestDiagramsSpeakFrench(t *testing.T) {
	alike := append(strings.Fields("simclr moco moco-v1 pirl npid align-uniform vicreg barlow-twins deepcluster swav byol simsiam dino momentum images rotation jigsaw"),
		"momentum m = 0.99", "−sim / 0.1", "−sim / 0.2", "InfoNCE", "log-sum-exp", wordDsTH, "Two stages", "denoising autoencoder", "shuffles 9 tiles", "100 permutations",
		"rotates", "half of the pixels", "are 0", "A batch of embeddings", "memory bank: queue", "of 4096 keys") // after DsTH: what the samples say, in English only
	english := map[string][]string{}
	for name, f := range samples() {
		english[name] = words(t, f)
	}
	inLanguage(t, French)
	drawn := samples()
	for _, name := range diagramNames {
		for _, text := range words(t, drawn[name]) {
			if slices.Contains(english[name], text) && !slices.Contains(alike, text) && !sameInBoth(text) {
				t.Errorf("%s says %q in French too", name, text)
			}
		}
		if alt := drawn[name].Alt; strings.Contains(strings.ReplaceAll(alt, "half of the pixels", ""), " the ") || strings.Contains(alt, " and ") {
			t.Errorf("%s: the alternative text is English: %s", name, alt)
		}
	}
}

// sameInBoth says whether a text, perhaps with its numbers put in, is written alike in both languages.
func sameInBoth(text string) bool {
	for english, said := range french {
		if english == said && (text == strings.Join(strings.Fields(said), " ") || strings.Contains(said, "%d") && strings.HasSuffix(text, strings.TrimPrefix(said, "%d"))) {
			return true
		}
	}
	return false
}

// words returns the texts of a figure that hold a word of three letters or more.
func words(t *testing.T, f *Figure) (out []string) {
	for _, text := range texts(t, f) {
		if slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool { return !(r == 'é' || r == 'ê' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }), func(w string) bool { return len(w) > 2 }) {
			out = append(out, strings.Join(strings.Fields(text), " "))
		}
	}
	return out
}

// TestEverythingSaidHasItsFrench reads the source: what is said by Say or Translate, and the titles, axes and alternative texts of figures, as
// far as they are literals.
func TestEverythingSaidHasItsFrench(t *testing.T) {
	said := 0
	for _, folder := range []string{".", filepath.Join("..", "jem", "lab")} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, text := range saidBy(n) {
					said++
					if _, ok := french[text]; !ok {
						t.Errorf("%s: %q has no French", path, text)
					}
				}
				return true
			})
		}
	}
	if said < 60 {
		t.Errorf("%d texts found, want those of the charts and diagrams", said)
	}
}

// saidBy returns the literal texts that a call or a struct puts into a figure.
func saidBy(n ast.Node) (texts []string) {
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil && strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
				texts = append(texts, text)
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		switch {
		case name == "Say" || name == "Translate":
			add(n.Args[0])
		case slices.Contains([]string{"New", "Lines", "LineCharts", "Bars", "Grid", "Groups", "Gains"}, name) && len(n.Args) > 2:
			add(n.Args[1])
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Title" || key.Name == "XLabel") {
			add(n.Value)
		}
	case *ast.AssignStmt:
		if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok && s.Sel.Name == "Caption" {
			add(n.Rhs[0])
		}
	}
	return texts
}

// TestFrenchIsSaidOnce looks for French that is the English of something else: text that is translated twice would become it.
func TestFrenchIsSaidOnce(t *testing.T) {
	for english, said := range french {
		if again, ok := french[said]; ok && again != said {
			t.Errorf("%q becomes %q, then %q", english, said, again)
		}
		if strings.Count(english, "%") != strings.Count(said, "%") {
			t.Errorf("%q and %q hold other arguments", english, said)
		}
		for _, sign := range []string{":", ";", "?", "!"} {
			if strings.Contains(strings.ReplaceAll(said, " "+sign, ""), sign) {
				t.Errorf("%q has no space before %q", said, sign)
			}
		}
	}
}

func TestSay(t *testing.T) {
	if got := Say("%d labels, %%", 7) + Translate("steps") + Say("cosines of h: %s", "random backbone"); got != "7 labels, %stepscosines of h: random backbone" {
		t.Errorf("English: %q", got)
	}
	inLanguage(t, French)
	if got := Say("%d labels, %%", 7) + Translate("steps") + Translate("a name") + Say("cosines of h: %s", "random backbone"); got != "7 étiquettes, %pasa namecosinus de h : backbone aléatoire" {
		t.Errorf("French: %q", got)
	}
}
