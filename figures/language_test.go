package figures

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
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

// TestEverythingSaidHasItsFrench reads the source: what is said by Say or Translate, what cells print and trainings say, and the titles, axes and
// alternative texts of figures, as far as they are literals. What claims compose is TestClaimsSpeakFrench's.
func TestEverythingSaidHasItsFrench(t *testing.T) {
	inLanguage(t, French)
	said := 0
	for _, folder := range []string{".", filepath.Join("..", "jem", "lab"), filepath.Join("..", "jem", "claim"), filepath.Join("..", "jem", "pretrain")} {
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
					for _, text := range column.Split(text, -1) {
						said++
						if !hasFrench(text) {
							t.Errorf("%s: %q has no French", path, text)
						}
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

// hasFrench says whether a format is in the catalogue, or what is written with it has the form of one that is; commands and what has no word need not be.
func hasFrench(format string) bool {
	written := verb.ReplaceAllStringFunc(format, func(v string) string {
		return map[byte]string{'%': "%", 's': "X", 'v': "X", 'd': "7", 'f': "7", 'g': "7"}[v[len(v)-1]]
	})
	_, ok := french[format]
	return ok || Translate(written) != written || strings.HasPrefix(format, ".bin/") || !regexp.MustCompile(`[a-z]{2}`).MatchString(written)
}

// column is what parts the columns of a printed line: the end of the line, or a verb with a width.
var column = regexp.MustCompile(`\n|\s*%-?\d+(\.\d+)?[a-z]\s*`)

// saidBy returns the literal texts that a call or a struct puts into a figure, or prints.
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
		case name == "Say" || name == "Translate" || name == "say":
			add(n.Args[0])
		case name == "OnMessage":
			if c, ok := n.Args[0].(*ast.CallExpr); ok {
				add(c.Args[0])
			}
		case strings.HasPrefix(name, "Fprint"):
			if c, ok := n.Args[0].(*ast.CallExpr); ok {
				if f, ok := c.Fun.(*ast.Ident); ok && f.Name == "stdout" {
					for _, arg := range n.Args[1:] {
						add(arg)
					}
				}
			}
		case slices.Contains([]string{"New", "Lines", "LineCharts", "Bars", "Grid", "Groups", "Gains"}, name) && len(n.Args) > 2:
			add(n.Args[1])
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && slices.Contains([]string{"Title", "XLabel", "Sentence"}, key.Name) {
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

// A text of parts is translated part by part, the decimals of its numbers too, and names, paths and versions stay. French stays French.
func TestTranslateOfParts(t *testing.T) {
	for _, tc := range []struct{ english, french string }{
		{"simclr, few labels", "simclr, peu d’étiquettes"},
		{"k-NN of the test images, bank of 256 (control)", "k-NN des images de test, banque de 256 (témoin)"},
		{"barlow-twins less off-diagonal: k-NN of the test images", "barlow-twins sans terme hors diagonale : k-NN des images de test"},
		{"undecided: 0.5 − time that a bank of 8192 adds, of that of a batch of 256 -1e-05 = 0.1, margin 2 (2 standard errors, 3 seeds)",
			"indécis : 0,5 − durée qu’ajoute une banque de 8192, sur celle d’un batch de 256 -1e-05 = 0,1, marge 2 (2 erreurs types, 3 graines)"},
		{"ankle boot 12.3%", "bottine 12,3 %"},
		{"84.7 ± 1.2", "84,7 ± 1,2"},
		{"−2.5k", "−2,5k"},
		{"1.5e−05", "1,5e−05"},
		{"runs/0.5/moco-0.5", "runs/0.5/moco-0.5"},
		{"0.11.2", "0.11.2"},
		{"my run", "my run"},
	} {
		if got := Translate(tc.english); got != tc.english {
			t.Errorf("English: %q of %q", got, tc.english)
		}
		inLanguage(t, French)
		if got := Translate(tc.english); got != tc.french || Translate(got) != got {
			t.Errorf("French: %q, then %q, want %q", got, Translate(got), tc.french)
		}
		inLanguage(t, English)
	}
}

// Say writes decimal commas too.
func TestSayDecimals(t *testing.T) {
	inLanguage(t, French)
	if got := Say("Gaussian, deviation %g", 0.25); got != "gaussien, d’écart-type 0,25" {
		t.Errorf("French: %q", got)
	}
}

// The numbers along an axis have decimal commas.
func TestTicksInFrench(t *testing.T) {
	inLanguage(t, French)
	said := texts(t, Lines("lines", "", Axes{XLabel: "step"}, Series{Name: "loss", X: []float64{0, 1}, Y: []float64{0, 0.5}}))
	if !slices.Contains(said, "0,5") || strings.Contains(strings.Join(said, " "), "0.5") {
		t.Errorf("the axes say %q", said)
	}
}
