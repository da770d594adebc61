package api

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/openapi"
	"github.com/groundwork-go/groundwork/db/schema"
)

// Function describes a function that clients call under /rpc/{Name}.
type Function struct {
	Name string
	// ReadOnly functions answer GET and HEAD beside POST. The others run in a transaction that their error undoes.
	ReadOnly bool
	// NoTransaction is for functions that write and manage their own transactions, or do slow work beside the database.
	NoTransaction bool
	// Description is shown in the API document.
	Description string
}

// Func registers fn. The fields of In are the arguments, by their json names; pointers and fields with omitempty or omitzero may be
// left out. Out decides the answer: struct{} is 204 without a body, a struct one object, a slice of structs rows that the caller can
// filter, order, page and select from, anything else a bare JSON value. Policies name the function "rpc.<name>" and the action
// policy.Execute. Like [Register] it never fails: [API.Mount] reports mistakes.
func Func[In, Out any](a *API, f Function, fn func(ctx context.Context, in In) (Out, error)) {
	built := &function{Function: f, result: resultOf(reflect.TypeFor[Out]())}
	built.call = func(ctx context.Context, in any) (any, error) { return fn(ctx, *in.(*In)) }
	if a.database == nil {
		return // New has reported it
	}
	a.reject(built.describe(a.database, reflect.TypeFor[In](), reflect.TypeFor[Out]()))
	if built.args != nil {
		built.argCodec = newCodec[In](built.args)
	}
	a.addFunction(built)
}

// function is a Func without its types.
type function struct {
	Function
	// args describes the fields of In as columns; required are the ones a call must give.
	args     *schema.Table
	argCodec codec
	required []string
	result   openapi.Result
	// rows describes the struct of an object or rows result.
	rows     *schema.Table
	rowCodec codec
	call     func(ctx context.Context, in any) (any, error)
}

// resultOf tells the form of a function's answer from its type.
func resultOf(out reflect.Type) openapi.Result {
	element := indirect(out)
	switch {
	case out.Kind() == reflect.Struct && out.NumField() == 0:
		return openapi.Void
	case isRecord(element):
		return openapi.Object
	case out.Kind() == reflect.Slice && isRecord(indirect(out.Elem())):
		return openapi.Rows
	}
	return openapi.Value
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// isRecord reports whether a type is a row: a struct that does not write itself as a value.
func isRecord(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	pointer := reflect.PointerTo(t)
	return !pointer.Implements(reflect.TypeFor[json.Marshaler]()) && !pointer.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// describe reads the argument and result types.
func (f *function) describe(database *bun.DB, in, out reflect.Type) error {
	if !resourceName.MatchString(f.Name) {
		return fmt.Errorf("api: function name %q: want letters, digits, - and _", f.Name)
	}
	if in.Kind() != reflect.Struct {
		return fmt.Errorf("api: function %q: its argument is %s, want a struct whose fields are the arguments", f.Name, in)
	}
	args, err := describeArgs(database, f.Name, in)
	if err != nil {
		return fmt.Errorf("api: function %q: arguments: %w", f.Name, err)
	}
	f.args = args
	for i := range args.Columns {
		column := &args.Columns[i]
		if column.GoIndex != nil && !column.Hidden && !optional(in.FieldByIndex(column.GoIndex)) {
			f.required = append(f.required, column.Name)
		}
	}
	if f.result != openapi.Object && f.result != openapi.Rows {
		return nil
	}
	record := indirect(out)
	if f.result == openapi.Rows {
		record = indirect(out.Elem())
	}
	f.rows, err = schema.FromModel(database, reflect.New(record).Interface())
	if err != nil {
		return fmt.Errorf("api: function %q: result: %w", f.Name, err)
	}
	f.rows.Name = f.Name
	f.rowCodec = &structCodec{columns: f.rows, create: func() any { return reflect.New(record).Interface() }}
	return nil
}

// describeArgs describes an argument struct as a table. The empty struct, of a function without arguments, has no name that a table
// could take.
func describeArgs(database *bun.DB, name string, in reflect.Type) (*schema.Table, error) {
	if in.NumField() == 0 {
		return schema.New(schema.Table{Name: name})
	}
	return schema.FromModel(database, reflect.New(in).Interface())
}

func optional(field reflect.StructField) bool {
	_, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	return field.Type.Kind() == reflect.Pointer || strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
}

func (a *API) addFunction(f *function) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.mounted:
		a.reject(fmt.Errorf("api: function %q was registered after Mount", f.Name))
	case a.functions[f.Name] != nil:
		a.reject(fmt.Errorf("api: function %q is registered twice", f.Name))
	default:
		a.functions[f.Name] = f
	}
}

// argNames are all argument names, in the order of the fields.
func (f *function) argNames() []string {
	names := make([]string, 0, len(f.args.Columns))
	for i := range f.args.Columns {
		if !f.args.Columns[i].Hidden {
			names = append(names, f.args.Columns[i].Name)
		}
	}
	return names
}

// takes reports whether a call with these argument names fits: all required ones, and no unknown one.
func (f *function) takes(names []string) bool {
	for _, name := range f.required {
		if !slices.Contains(names, name) {
			return false
		}
	}
	for _, name := range names {
		if f.args.Lookup(name) == nil {
			return false
		}
	}
	return true
}

// unknown refuses a call whose arguments do not fit; the hint says which do.
func (f *function) unknown(sent []string) error {
	return fault.UnknownFunction(f.Name, sent, f.signature())
}

// signature is the name with its arguments; those that may be left out end with a question mark.
func (f *function) signature() string {
	names := make([]string, 0, len(f.args.Columns))
	for i := range f.args.Columns {
		column := &f.args.Columns[i]
		switch {
		case column.Hidden:
		case slices.Contains(f.required, column.Name):
			names = append(names, column.Name)
		default:
			names = append(names, column.Name+"?")
		}
	}
	return f.Name + "(" + strings.Join(names, ", ") + ")"
}

// records returns the rows of a result as pointers to structs.
func (f *function) records(out any) []any {
	v := reflect.ValueOf(out)
	if f.result == openapi.Object {
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return nil
		}
		return []any{addressable(v)}
	}
	rows := make([]any, 0, v.Len())
	for i := range v.Len() {
		rows = append(rows, addressable(v.Index(i)))
	}
	return rows
}

func addressable(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		return v.Interface()
	}
	if v.CanAddr() {
		return v.Addr().Interface()
	}
	copied := reflect.New(v.Type())
	copied.Elem().Set(v)
	return copied.Interface()
}
