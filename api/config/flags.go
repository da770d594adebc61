package config

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// text is a flag's value; what it means is decided with those of the other sources.
type text string

func (t *text) String() string     { return string(*t) }
func (t *text) Set(s string) error { *t = text(s); return nil }
func (t *text) Type() string       { return "string" }

// parseFlags reads the arguments and binds the flags to viper.
func (l *loader) parseFlags() error {
	l.flags = pflag.NewFlagSet(l.name, pflag.ContinueOnError)
	l.flags.SetOutput(io.Discard)
	l.flags.Usage = func() {}
	l.flags.Var(new(text), "config", "")
	for i := range l.settings {
		s := &l.settings[i]
		flag := l.flags.VarPF(new(text), s.Flag, "", s.Help)
		if s.boolean {
			flag.NoOptDefVal = "true"
		}
	}
	err := l.flags.Parse(l.twoDashes())
	var unknown *pflag.NotExistError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		printHelp(l.out, l.name, l.settings)
		return ErrHelp
	case errors.As(err, &unknown):
		l.wrongf("there is no flag -%s%s; -h lists the settings", unknown.GetSpecifiedName(), l.suggest(unknown.GetSpecifiedName(), "-", flagOf))
	case err != nil:
		l.wrongf("%w", err)
	case l.flags.NArg() > 0:
		l.wrongf("unexpected argument %q: settings are given as -name value", l.flags.Arg(0))
	}
	return nil
}

// twoDashes returns the arguments with flags of one dash spelled with two. Values of flags stay as they are.
func (l *loader) twoDashes() []string {
	args := make([]string, len(l.args))
	copy(args, l.args)
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || len(arg) < 2 || arg[0] != '-' {
			break
		}
		name := strings.TrimLeft(arg, "-")
		args[i] = "--" + name
		if name == "h" {
			args[i] = "--help"
		}
		if flag := l.flags.Lookup(name); flag != nil && flag.NoOptDefVal == "" {
			i++ // its value
		}
	}
	return args
}
