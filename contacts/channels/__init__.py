"""One adapter per channel, all behind ``contacts.channels.base.Adapter``."""
