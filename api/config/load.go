package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// ErrHelp is what [Load] returns when the flags ask for help (-h, -help). The settings have then been printed.
var ErrHelp = errors.New("config: help was asked for")

// Load returns the settings of the program called name: defaults, changed by file, environment and flags. name is the name of
// the file and, in capitals, the prefix of the variables. The error names everything that is wrong, one line each: values that do
// not fit, keys in the file and flags that do not exist. It returns [ErrHelp] after printing the settings.
func Load[T any](name string, defaults T, options ...Option) (T, error) {
	cfg := defaults
	err := load(name, reflect.ValueOf(&cfg).Elem(), options)
	if err != nil {
		return defaults, err
	}
	return cfg, nil
}

// Option changes where [Load] looks. The options are those of this package.
type Option interface{ apply(l *loader) }

type optionFunc func(l *loader)

func (f optionFunc) apply(l *loader) { f(l) }

// WithArgs reads flags from args instead of os.Args[1:].
func WithArgs(args ...string) Option { return optionFunc(func(l *loader) { l.args = args }) }

// WithDir looks for the file in dir instead of the current directory.
func WithDir(dir string) Option { return optionFunc(func(l *loader) { l.dir = dir }) }

// WithOutput prints help to w instead of os.Stdout.
func WithOutput(w io.Writer) Option { return optionFunc(func(l *loader) { l.out = w }) }

// loader is one run of Load.
type loader struct {
	name string
	args []string
	dir  string
	out  io.Writer

	settings []setting
	flags    *pflag.FlagSet
	viper    *viper.Viper
	mistakes []error
}

func load(name string, target reflect.Value, options []Option) error {
	l := &loader{name: name, args: os.Args[1:], dir: ".", out: os.Stdout}
	for _, option := range options {
		option.apply(l)
	}
	var err error
	if l.settings, err = settingsOf(name, target); err != nil {
		return err
	}
	l.viper = viper.New()
	if err := l.parseFlags(); err != nil {
		return err
	}
	l.readFile()
	for i := range l.settings {
		if err := l.set(target, &l.settings[i]); err != nil {
			l.wrongf("%w", err)
		}
	}
	return errors.Join(l.mistakes...)
}

// wrongf adds a mistake.
func (l *loader) wrongf(format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Errorf("config: "+format, args...))
}

// set stores the value of one setting, if any source gives one.
func (l *loader) set(target reflect.Value, s *setting) error {
	if err := l.viper.BindEnv(s.Key, s.Env); err != nil {
		return err
	}
	if err := l.viper.BindPFlag(s.Key, l.flags.Lookup(s.Flag)); err != nil {
		return err
	}
	if !l.viper.IsSet(s.Key) {
		return nil
	}
	value := l.viper.Get(s.Key)
	err := assign(target.FieldByIndex(s.index), value, s.size)
	switch {
	case err == nil:
		return nil
	case s.Secret: // what a type says of its text may repeat it
		return fmt.Errorf("%s: the value (a secret, not shown) is no %s", l.source(s), s.Type)
	case s.Type == groups: // secrets may be among them
		return fmt.Errorf("%s: the list %w", l.source(s), err)
	}
	return fmt.Errorf("%s: %q %w", l.source(s), fmt.Sprint(value), err)
}

// source says where the value of a setting comes from.
func (l *loader) source(s *setting) string {
	if l.flags.Changed(s.Flag) {
		return "-" + s.Flag
	}
	if os.Getenv(s.Env) != "" {
		return s.Env
	}
	return l.viper.ConfigFileUsed() + ": " + s.Key
}

// readFile reads the file into viper and refuses keys that do not exist.
func (l *loader) readFile() {
	named := os.Getenv(envName(l.name, "config"))
	if flag := l.flags.Lookup("config"); flag.Changed {
		named = flag.Value.String()
	}
	if named != "" {
		l.viper.SetConfigFile(named)
	} else {
		l.viper.SetConfigName(l.name)
		l.viper.AddConfigPath(l.dir)
	}
	switch err := l.viper.ReadInConfig(); {
	case errors.As(err, &viper.ConfigFileNotFoundError{}) && named == "":
	case err != nil:
		l.wrongf("%s: %w", cmp.Or(named, l.viper.ConfigFileUsed()), err)
	default:
		l.refuseUnknown(l.viper.AllKeys())
	}
}
