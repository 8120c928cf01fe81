//! The manual's chapters. The [front page](crate) says what a plugin is; begin with the [`tutorial`].

#[doc = include_str!("../manual/tutorial.md")]
pub mod tutorial {}

#[doc = include_str!("../manual/data.md")]
pub mod data {}

#[doc = include_str!("../manual/parameters.md")]
pub mod parameters {}

#[doc = include_str!("../manual/stages.md")]
pub mod stages {}

#[doc = include_str!("../manual/regions.md")]
pub mod regions {}

#[doc = include_str!("../manual/from_librosa.md")]
pub mod from_librosa {}

#[doc = include_str!("../manual/other_languages.md")]
pub mod other_languages {}

#[doc = include_str!("../manual/publishing.md")]
pub mod publishing {}
