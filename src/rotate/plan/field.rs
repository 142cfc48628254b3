//! The fields of a configuration by name.

/// A field of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// See [`super::Config::signing`].
    Signing,
    /// See [`super::Config::keys`].
    Keys,
    /// See [`super::Config::public`].
    Public,
    /// See [`super::Config::private`].
    Private,
    /// See [`super::Config::active`].
    Active,
    /// See [`super::Config::url`].
    Url,
    /// See [`super::Config::insecure`].
    Insecure,
    /// See [`super::Config::trust`].
    Trust,
    /// See [`super::Config::leaf`].
    Leaf,
    /// See [`super::Config::password`].
    Password,
    /// See [`super::Config::ports`].
    Ports,
    /// See [`super::Config::clients`].
    Clients,
}

impl Field {
    /// Each, in the order of plan files.
    pub const ALL: [Field; 12] = [
        Field::Signing,
        Field::Keys,
        Field::Public,
        Field::Private,
        Field::Active,
        Field::Url,
        Field::Insecure,
        Field::Trust,
        Field::Leaf,
        Field::Password,
        Field::Ports,
        Field::Clients,
    ];

    /// The word for it in plan files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Field::Signing => "signing",
            Field::Keys => "keys",
            Field::Public => "public",
            Field::Private => "private",
            Field::Active => "active",
            Field::Url => "url",
            Field::Insecure => "insecure",
            Field::Trust => "trust",
            Field::Leaf => "leaf",
            Field::Password => "password",
            Field::Ports => "ports",
            Field::Clients => "clients",
        }
    }
}
