package jem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Set assigns one field of the struct that target points to, by the name JSON gives it: "energy.temperature=0.07",
// "second.kind=momentum", "a.0.weight=1", "projector.widths=256,128", "b=[]". A value is a number, a word, true or false,
// or JSON; a struct's JSON changes the fields it names. An unknown field gets an error that lists the valid ones, a value
// that the field's type or tag excludes one that says what is valid; the target is then as it was.
func Set(target any, assignment string) error {
	path, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("%q is not an assignment; write field=value, such as energy.temperature=0.07", assignment)
	}
	v, tag, err := find(reflect.ValueOf(target).Elem(), "", strings.Split(strings.TrimSpace(path), "."), "")
	if err != nil {
		return err
	}
	fresh := reflect.New(v.Type()).Elem()
	if v.Kind() == reflect.Struct {
		fresh.Set(v)
	}
	path = strings.TrimSpace(path)
	if err := parse(fresh, path, strings.TrimSpace(text)); err != nil {
		return err
	}
	if err := checkValue(fresh, path, tag); err != nil {
		return err
	}
	v.Set(fresh)
	return nil
}

// find returns the value at names under v, which stands at path, and the tag of its field.
func find(v reflect.Value, path string, names []string, tag reflect.StructTag) (reflect.Value, reflect.StructTag, error) {
	if len(names) == 0 {
		return v, tag, nil
	}
	name, rest := names[0], names[1:]
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && jsonName(f) == name {
				return find(v.Field(i), join(path, name), rest, f.Tag)
			}
		}
		return v, "", fmt.Errorf("unknown field %q%s; valid: %s", name, within(path), strings.Join(fieldNames(v.Type()), ", "))
	case reflect.Slice, reflect.Array:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= v.Len() {
			return v, "", fmt.Errorf("%s has %d elements, so %q is no index of it", path, v.Len(), name)
		}
		return find(v.Index(i), join(path, name), rest, tag)
	}
	return v, "", fmt.Errorf("%s is a %s and has no field %q", path, v.Kind(), name)
}

func within(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names = append(names, jsonName(f))
		}
	}
	return names
}

// parse reads text into v by v's type.
func parse(v reflect.Value, path, text string) error {
	switch v.Kind() {
	case reflect.String:
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s: %q is not valid; valid: true, false", path, text)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s: %q is not a whole number", path, text)
		}
		v.SetInt(n)
	case reflect.Float32, reflect.Float64:
		x, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("%s: %q is not a number", path, text)
		}
		v.SetFloat(x)
	default:
		return parseJSON(v, path, text)
	}
	return nil
}

// parseJSON reads a struct or a list; the brackets of a list of numbers may be left out.
func parseJSON(v reflect.Value, path, text string) error {
	list := v.Kind() == reflect.Slice || v.Kind() == reflect.Array
	if list && !strings.HasPrefix(text, "[") && text != "null" {
		text = "[" + text + "]"
	}
	if err := decodeStrictly(text, v.Addr().Interface()); err != nil {
		return fmt.Errorf("%s: %q is not valid JSON for a %s: %w", path, text, v.Type(), err)
	}
	if v.Kind() == reflect.Array { // of which encoding/json fills and drops what it likes
		var elements []json.RawMessage
		if err := decodeStrictly(text, &elements); err != nil || len(elements) != v.Len() {
			return fmt.Errorf("%s: %q has %d elements, want %d", path, text, len(elements), v.Len())
		}
	}
	return nil
}

// decodeStrictly decodes one JSON value, refusing unknown fields and anything behind the value.
func decodeStrictly(text string, into any) error {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("it goes on after the value")
	}
	return nil
}
