use proptest::prelude::*;

use super::*;

const DISTRICT: Block = Block {
    west: 0,
    south: 0,
    east: 16,
    north: 12,
};

fn square(x: i32, y: i32, people: i64) -> Square {
    Square { x, y, people }
}

fn held(cell: &Cell, squares: &[Square]) -> i64 {
    squares
        .iter()
        .filter(|s| cell.holds(s))
        .map(|s| s.people)
        .sum()
}

/// A town: people on some of the squares, a few of them outside of the district.
fn town() -> impl Strategy<Value = Vec<Square>> {
    prop::collection::btree_map((-1i32..17, 0i32..12), 1i64..9, 0..80).prop_map(|at| {
        at.into_iter()
            .map(|((x, y), people)| square(x, y, people))
            .collect()
    })
}

/// So many people more or fewer, each on a square of her own choice.
fn comings_and_goings(most: usize) -> impl Strategy<Value = Vec<(bool, i32, i32)>> {
    prop::collection::vec((any::<bool>(), 0i32..16, 0i32..12), 0..=most)
}

fn after(squares: &[Square], moves: &[(bool, i32, i32)]) -> Vec<Square> {
    let mut next = squares.to_vec();
    for &(comes, x, y) in moves {
        match next.iter_mut().find(|s| (s.x, s.y) == (x, y)) {
            Some(there) if comes => there.people += 1,
            Some(there) => there.people -= 1,
            None if comes => next.push(square(x, y, 1)),
            None => {}
        }
    }
    next.retain(|s| s.people > 0);
    next
}

#[test]
fn a_district_is_cut_in_the_middle_as_long_as_both_halves_hold_ten() {
    let squares = [square(1, 1, 12), square(14, 1, 13), square(15, 10, 11)];
    let gathered = gather(DISTRICT, &squares, &[], true);
    let shown: Vec<_> = gathered
        .cells
        .iter()
        .map(|c| (c.people, c.reference))
        .collect();
    assert_eq!(shown, [(10, 12), (15, 13), (10, 11)]);
    assert_eq!(
        gathered.cells[0].blocks,
        [Block {
            east: 8,
            ..DISTRICT
        }]
    );
    assert_eq!(gathered.left_out, 0);
}

#[test]
fn four_people_in_a_district_are_left_out_and_five_are_one_cell_that_is_the_whole_district() {
    let four = gather(DISTRICT, &[square(3, 3, 4)], &[], true);
    assert_eq!((four.cells.len(), four.left_out), (0, 4));
    let five = gather(DISTRICT, &[square(3, 3, 5)], &[], true);
    assert_eq!(five.cells[0].blocks, [DISTRICT]);
    assert_eq!((five.cells[0].people, five.left_out), (5, 0));
    // Beside others that were there before, five at once could be four and one.
    assert!(
        gather(DISTRICT, &[square(3, 3, 9)], &[], false)
            .cells
            .is_empty()
    );
    assert_eq!(
        gather(DISTRICT, &[square(3, 3, 10)], &[], false)
            .cells
            .len(),
        1
    );
}

#[test]
fn whoever_lives_outside_the_district_is_left_out() {
    let gathered = gather(DISTRICT, &[square(3, 3, 7), square(16, 3, 2)], &[], true);
    assert_eq!((gathered.cells[0].people, gathered.left_out), (5, 2));
}

#[test]
fn a_cell_that_loses_its_people_joins_the_nearest_and_one_that_fills_is_cut() {
    let before = gather(DISTRICT, &[square(1, 1, 12), square(14, 1, 13)], &[], true).cells;
    assert_eq!(before.len(), 2);
    let fewer = gather(
        DISTRICT,
        &[square(1, 1, 3), square(14, 1, 13)],
        &before,
        false,
    );
    assert_eq!(fewer.cells.len(), 1);
    assert_eq!(fewer.cells[0].blocks.len(), 2);
    assert_eq!((fewer.cells[0].people, fewer.left_out), (20, 0));
    let more = gather(
        DISTRICT,
        &[square(1, 1, 12), square(5, 9, 20), square(14, 1, 13)],
        &before,
        false,
    );
    let shown: Vec<_> = more.cells.iter().map(|c| c.people).collect();
    assert_eq!(shown.iter().sum::<i64>(), 45);
    assert_eq!(more.cells.len(), 3);
}

#[test]
fn those_left_out_are_told_in_fives_that_one_person_does_not_move() {
    assert_eq!(left_out(0, None), (0, 0));
    assert_eq!(left_out(1, None), (5, 1));
    assert_eq!(left_out(5, Some((5, 1))), (5, 1));
    assert_eq!(left_out(6, Some((5, 1))), (10, 6));
    assert_eq!(left_out(0, Some((5, 5))), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_cell_holds_fewer_than_five_and_the_figures_add_up(squares in town()) {
        let Gathered { cells, left_out } = gather(DISTRICT, &squares, &[], true);
        let mut all = 0;
        for cell in &cells {
            let people = held(cell, &squares);
            prop_assert!(people >= FEWEST, "{cell:?} holds {people}");
            prop_assert!(cell.people >= FEWEST && cell.people % FEWEST == 0);
            prop_assert_eq!(cell.reference, people);
            prop_assert!((cell.people - people).abs() < 2 * FEWEST);
            all += people;
        }
        prop_assert_eq!(all + left_out, squares.iter().map(|s| s.people).sum::<i64>());
        let shown: i64 = cells.iter().map(|c| c.people).sum();
        // Taking the cells from the district's figure tells no more than rounding did.
        prop_assert!((shown - all).abs() <= 2 || cells.len() <= 1);
        // A square is in one cell, and every square of the district in some: empty ones say nothing.
        if !cells.is_empty() {
            for (x, y) in (0..16).flat_map(|x| (0..12).map(move |y| (x, y))) {
                let n = cells.iter().filter(|c| c.holds(&square(x, y, 1))).count();
                prop_assert_eq!(n, 1, "square {},{}", x, y);
            }
        }
    }

    #[test]
    fn fewer_than_five_people_who_come_go_or_move_change_nothing(
        squares in town(), moves in comings_and_goings(4),
    ) {
        let before = gather(DISTRICT, &squares, &[], true).cells;
        prop_assume!(!before.is_empty());
        let next = gather(DISTRICT, &after(&squares, &moves), &before, false);
        prop_assert_eq!(next.cells, before);
    }

    #[test]
    fn over_many_gatherings_a_figure_moves_by_fives_and_stays_near_the_truth(
        squares in town(), nights in prop::collection::vec(comings_and_goings(12), 1..8),
    ) {
        let mut squares = squares;
        let mut cells = gather(DISTRICT, &squares, &[], true).cells;
        for moves in nights {
            squares = after(&squares, &moves);
            let before = cells.clone();
            cells = gather(DISTRICT, &squares, &before, before.is_empty()).cells;
            for cell in &cells {
                let people = held(cell, &squares);
                prop_assert!(cell.people >= FEWEST && cell.people % FEWEST == 0);
                prop_assert!((people - cell.reference).abs() < FEWEST * i64::try_from(cell.blocks.len()).unwrap());
                if let Some(was) = before.iter().find(|b| b.blocks == cell.blocks)
                    && was.people != cell.people
                {
                    // The change shown is a change of at least five people since the figure was made.
                    prop_assert!((people - was.reference).abs() >= FEWEST);
                }
            }
        }
    }
}
