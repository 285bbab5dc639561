package jem

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Table returns the method as text, one component a line: what is not there reads "none".
func (m Method) Table() string {
	var rows [][2]string
	v := reflect.ValueOf(m)
	for i := range v.NumField() {
		name := jsonName(v.Type().Field(i))
		if name == "views" {
			rows = append(rows, viewRows(m)...)
			continue
		}
		rows = append(rows, [2]string{name, compact(v.Field(i), tableDigits)})
	}
	return alignRows(rows)
}

// Fields returns the fields of a struct as text, one a line, by the names that Set takes: what is not there reads "none".
func Fields(of any) string {
	var rows [][2]string
	v := reflect.Indirect(reflect.ValueOf(of))
	for i := range v.NumField() {
		rows = append(rows, [2]string{jsonName(v.Type().Field(i)), compact(v.Field(i), tableDigits)})
	}
	return alignRows(rows)
}

// viewRows gives the two views a line each, or one if they are made alike, and one to the local views.
func viewRows(m Method) [][2]string {
	x, y := compact(reflect.ValueOf(m.Views.X), tableDigits), compact(reflect.ValueOf(m.Views.Y), tableDigits)
	var rows [][2]string
	switch {
	case m.Views.Same:
		rows = [][2]string{{"one view", x}}
	case x == y:
		rows = [][2]string{{"views x and y", x}}
	default:
		rows = [][2]string{{"view x", x}, {"view y", y}}
	}
	if m.Views.Local > 0 {
		small := compact(reflect.ValueOf(m.Views.Small), tableDigits)
		rows = append(rows, [2]string{"local views", fmt.Sprintf("%d: %s", m.Views.Local, small)})
	}
	return rows
}

// Diff returns the fields in which two methods differ, one a line: "energy.temperature  0.5 -> 0.07"; "" if they are
// equal.
func Diff(a, b Method) string {
	return alignRows(differences(reflect.ValueOf(a), reflect.ValueOf(b), ""))
}

func differences(a, b reflect.Value, path string) [][2]string {
	switch {
	case reflect.DeepEqual(a.Interface(), b.Interface()):
		return nil
	case a.Kind() == reflect.Struct:
		var rows [][2]string
		for i := range a.NumField() {
			rows = append(rows, differences(a.Field(i), b.Field(i), join(path, jsonName(a.Type().Field(i))))...)
		}
		return rows
	case a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Struct && a.Len() == b.Len():
		var rows [][2]string
		for i := range a.Len() {
			rows = append(rows, differences(a.Index(i), b.Index(i), join(path, fmt.Sprint(i)))...)
		}
		return rows
	}
	if x, y := compact(a, exactly), compact(b, exactly); x != y {
		return [][2]string{{path, x + " -> " + y}}
	}
	return nil
}

// How many digits of a number compact writes.
const (
	tableDigits = 4
	exactly     = -1
)

// compact writes a value on one line; a struct as its fields that are not zero, nothing as "none".
func compact(v reflect.Value, digits int) string {
	if v.IsZero() && v.Kind() != reflect.Bool && !v.CanInt() && !v.CanFloat() {
		return "none"
	}
	switch v.Kind() {
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsZero() || (f.Kind() == reflect.Slice && f.Len() == 0) {
				continue
			}
			name := jsonName(v.Type().Field(i))
			if f.Kind() == reflect.Struct {
				parts = append(parts, name+" ("+compact(f, digits)+")")
			} else {
				parts = append(parts, name+"="+compact(f, digits))
			}
		}
		return strings.Join(parts, " ")
	case reflect.Slice, reflect.Array:
		return compactList(v, digits)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', digits, v.Type().Bits())
	}
	return fmt.Sprint(v.Interface())
}

// compactList writes a list: widths as 256-128, other numbers as 0.3,1, structs parted by a semicolon.
func compactList(v reflect.Value, digits int) string {
	if v.Len() == 0 {
		return "none"
	}
	var parts []string
	for i := range v.Len() {
		parts = append(parts, compact(v.Index(i), digits))
	}
	separator := ","
	switch v.Type().Elem().Kind() {
	case reflect.Struct:
		separator = "; "
	case reflect.Int:
		separator = "-"
	}
	return strings.Join(parts, separator)
}

func alignRows(rows [][2]string) string {
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	var out strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&out, "%-*s  %s\n", width, r[0], r[1])
	}
	return out.String()
}
