package api

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Violation is one value that failed its `validate` tag; a failed validation is a 400 with code 23514 whose details are all of
// them.
type Violation struct {
	// Field is the wire name; in a bulk insert Row is the position of the object, counted from 0, else nil.
	Field string `json:"field"`
	Row   *int   `json:"row,omitempty"`
	// Rule is the tag's rule with its parameter: "required", "max=80".
	Rule string `json:"rule"`
	// Message says what would be right.
	Message string `json:"message"`
}

// rowValidator checks rows by their `validate` tags (go-playground/validator).
type rowValidator struct {
	validate *validator.Validate
	goNames  map[string]string // wire name → path of the struct field
}

// newRowValidator returns nil when T has no validate tags.
func newRowValidator[T any](table *schema.Table) *rowValidator {
	rowType := reflect.TypeFor[T]()
	if rowType.Kind() != reflect.Struct || !tagged(rowType, 0) {
		return nil
	}
	v := &rowValidator{
		validate: validator.New(validator.WithRequiredStructEnabled()),
		goNames:  make(map[string]string, len(table.Columns)),
	}
	v.validate.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		return name
	})
	for i := range table.Columns {
		column := &table.Columns[i]
		if column.GoIndex != nil {
			v.goNames[column.Name] = goPath(rowType, column.GoIndex)
		}
	}
	return v
}

// tagged reports whether a struct type has a validate tag at any level.
func tagged(t reflect.Type, depth int) bool {
	for field := range t.Fields() {
		if _, ok := field.Tag.Lookup("validate"); ok {
			return true
		}
		if field.Anonymous && field.Type.Kind() == reflect.Struct && depth < 8 && tagged(field.Type, depth+1) {
			return true
		}
	}
	return false
}

func goPath(t reflect.Type, index []int) string {
	var path []string
	for _, i := range index {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		path = append(path, t.Field(i).Name)
		t = t.Field(i).Type
	}
	return strings.Join(path, ".")
}

// whole checks new rows, every field.
func (v *rowValidator) whole(rows []any) error {
	var found []Violation
	for i, row := range rows {
		violations, err := v.violations(v.validate.Struct(row))
		if err != nil {
			return err
		}
		if len(rows) > 1 {
			for j := range violations {
				violations[j].Row = &i
			}
		}
		found = append(found, violations...)
	}
	return invalid(found)
}

// partial checks the named columns of a row.
func (v *rowValidator) partial(row any, columns []string) error {
	paths := make([]string, 0, len(columns))
	for _, name := range columns {
		if path := v.goNames[name]; path != "" {
			paths = append(paths, path)
		}
	}
	violations, err := v.violations(v.validate.StructPartial(row, paths...))
	if err != nil {
		return err
	}
	return invalid(violations)
}

func (v *rowValidator) violations(err error) ([]Violation, error) {
	if err == nil {
		return nil, nil
	}
	var failed validator.ValidationErrors
	if !errors.As(err, &failed) {
		return nil, err
	}
	violations := make([]Violation, len(failed))
	for i, f := range failed {
		rule := f.Tag()
		if f.Param() != "" {
			rule += "=" + f.Param()
		}
		name := f.Field()
		if _, rest, ok := strings.Cut(f.Namespace(), "."); ok {
			name = rest
		}
		violations[i] = Violation{Field: name, Rule: rule, Message: name + " must satisfy " + rule}
	}
	return violations, nil
}

func invalid(found []Violation) error {
	if len(found) == 0 {
		return nil
	}
	names := make([]string, len(found))
	for i, violation := range found {
		names[i] = violation.Field
	}
	e := Errorf(400, "23514", "invalid values for: %s", strings.Join(names, ", "))
	e.Details = found
	return e
}
