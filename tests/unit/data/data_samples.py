"""One small file of each published table, made up in the publisher's shape."""

from __future__ import annotations

CBP_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),"
    "Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count"
)
PATROL = "U.S. Border Patrol,Southwest Land Border,El Paso Sector,EPT"
CBP_ROWS = (
    f"2023,FYTD,OCT,{PATROL},Single Adults,VENEZUELA,Title 42,Expulsions,40",
    f"2023,FYTD,OCT,{PATROL},FMUA,VENEZUELA,Title 8,Apprehensions,25",
    f'2022,FYTD,SEP,{PATROL},UC / Single Minors,"CHINA, PEOPLES REPUBLIC OF",Title 8,Apprehensions,3',
    "2023,Remaining,DEC,Office of Field Operations,Southwest Land Border,El Paso Field Office,El Paso,"
    "Accompanied Minors,NICARAGUA,Title 8,Inadmissibles,7",
)

SAMPLES = {
    "nationwide-encounters-aor.csv": "\n".join((CBP_HEADER, *CBP_ROWS)) + "\n",
    "weekly_nationwide.csv": "week_start,usbp_encounters_nationwide\n2022-11-28,51000\n2022-12-05,53120\n",
    "sector_monthly.csv": 'fiscal_year,month,sector,quantity\n2023,2022-10-01,"El Paso, TX",53320\n'
    '2022,2022-09-01,"El Paso, TX",49030\n',
    "region_citizenship.csv": "fiscal_year,month,region,citizenship,quantity\n"
    "2023,2022-10-01,Southwest Land Border,Cuba,28850\n2023,2022-10-01,Southwest Land Border,Yemen,10\n"
    "2023,2022-10-01,Southwest Land Border,Nepal,20\n",
    "region_family.csv": "fiscal_year,month,region,family_status,quantity\n"
    "2023,2022-10-01,Southwest Land Border,Single Adults,149000\n",
    "bookouts_citizenship.csv": "month,group,series,value\n"
    "2022-11-01,Total Encounters,Total Encounters,100.0\n2022-11-01,Total Encounters,T42 expulsions,60.0\n"
    "2022-11-01,Total Encounters,USBP Releases,40.0\n2022-11-01,Others,USBP Releases,10.0\n"
    "2022-11-01,Venezuela,T42 expulsions,50.0\n2022-11-01,Venezuela,Migrant Protection Protocols,\n",
    "bookouts_family.csv": "month,group,series,value\n"
    "2022-11-01,Single Adults,USBP Releases,30.0\n2022-11-01,Single Adults,T42 expulsions,60.0\n",
    "swb_sector.csv": "month,group,series,value\n2022-11-01,,Total CBP,235170\n"
    '2022-11-01,USBP,Total USBP,207680\n2022-11-01,USBP,"El Paso, TX",53530\n'
    '2022-11-01,OFO,Total OFO,27490\n2022-11-01,OFO,"El Paso, TX",2600\n',
    "chnv_i134.csv": "month,group,series,value\n2022-10-01,,Total,12820.0\n2022-10-01,,Cuba,\n"
    "2022-10-01,,Venezuela,12820.0\n",
    "chnv_travel_auth.csv": "month,group,series,value\n2022-10-01,,Total,8680.0\n2022-10-01,,Cuba,\n"
    "2022-10-01,,Venezuela,8680.0\n",
    "chnv_paroles.csv": "month,group,series,value\n2022-10-01,,Total,470.0\n2022-10-01,,Cuba,\n"
    "2022-10-01,,Venezuela,470.0\n",
    "adp-by-agency.csv": "agency,month,date,adp,adp_fy_ytd,fiscal_year,file_date,pull_date\n"
    "Average,Oct,2022-10-01,29000.5,29000.5,2023,2022-11-16,2022-11-10\n"
    "Average,Oct,2022-10-01,29010.25,29000.5,2023,2022-12-16,2022-12-10\n"
    "CBP Average,Oct,2022-10-01,24000,24000,2023,2022-11-16,2022-11-10\n",
    "book-ins-by-arresting-agency.csv": "arresting_agency,month,date,n_book_ins,n_book_ins_ytd,fiscal_year,"
    "file_date,pull_date\nTotal,Oct,2022-10-01,30000.0,30000.0,2023,2022-11-16,2022-11-10\n",
    "stay-length-by-agency.csv": "agency,month,date,avg_stay_length_days,avg_stay_length_days_fy_ytd,"
    "fiscal_year,file_date,pull_date\nICE Average,Oct,2022-10-01,44.9,44.9,2023,2022-11-16,2022-11-10\n",
    "atd-by-aor.csv": "aor_technology,count,avg_length_in_program,fiscal_year,file_date,pull_date\n"
    "Total,15.0,100.0,2023,2022-11-28,2022-11-14\nEl Paso,10.0,110.5,2023,2022-11-28,2022-11-14\n"
    "GPS,4.0,90.5,2023,2022-11-28,2022-11-14\nSmartLINK,6.0,120.0,2023,2022-11-28,2022-11-14\n"
    "Chicago,5.0,95.0,2023,2022-11-28,2022-11-14\nGPS,5.0,95.0,2023,2022-11-28,2022-11-14\n"
    "El Paso,99.0,1.0,2023,2022-11-16,2022-11-14\n",
    "atd-population.csv": "category,count,value,table,fiscal_year,file_date,pull_date\n"
    "GPS,56805.0,155645.7,technology,2023,2022-11-28,2022-11-14\n"
    "FAMU,81736.0,653.47,status,2023,2022-12-07,2022-11-14\n"
    '"Data from BI Inc. Participants Report, 11.05.2022",,,technology,2023,2022-11-28,2022-11-14\n',
    "atd-court.csv": "hearing_type,metric,count,pct,fiscal_year,file_date,pull_date\n"
    "final,Attended,950.0,0.95,2023,2022-11-28,2022-11-14\n"
    "final,Failed to Attend,50.0,0.05,2023,2022-11-28,2022-11-14\n",
    "uac_daily.csv": "date,apprehended,in_cbp,transferred,in_hhs,discharged\n"
    "2023-01-12,33.0,53.0,34.0,6566,436.0\n2023-01-22,,49.0,39.0,7122,227.0\n",
    "darien_nat.csv": "t,q,nat,n\n2019-01-01,2019-01-01,HTI,10490.0\n2022-11-01,2022-10-01,VEN,668.0\n"
    "2022-11-01,2022-10-01,NPL,100.0\n2022-11-01,2022-10-01,BGD,50.0\n",
    "honduras_nat.csv": "t,nat,n\n2022-11-01,CUB,4610.0\n2022-11-01,FRA,8.0\n2022-11-01,FRA,4.0\n",
    "mexico_exp.csv": "t,nat,type,n\n2022-11-01,HND,deportation,1500.0\n2022-11-01,HND,assisted return,300.0\n",
    "some_anchors.csv": "date,scope,quantity,value,unit,source_type,url,note\n"
    "2022-10,El Paso,decompression flights departing,3-5,flights/day,press,https://example.org/a,\n"
    "2022-12-13/20,El Paso Sector,moved out,3400,people/week,statement,https://example.org/b,a note\n"
    "2022-12 (late),El Paso Sector,in custody,5000,people,press,https://example.org/c,\n"
    "2022-10-08,El Paso,buses,8000 there + 2300 elsewhere,people,press,https://example.org/d,\n",
    "inadmissibles_by_field_office.csv": "month,El Paso,Laredo,San Diego,Tucson,Total\n"
    "2022-10,1788,5800,9000,840,17428\n2022-11,2422,6058,9400,956,18836\n",
    "eoir_annual.csv": "fiscal_year,pending_end_of_year,initial_receipts,total_completions,"
    "motions_to_reopen\n"
    "2021,1655551,244261,115959,10877\n2022,2063123,707527,314788,16263\n",
    "sw_sectors.csv": "sector,cbp_code,hq_city,hq_lat,hq_lon,border_counties_fips,note\n"
    'El Paso Sector,EPT,"El Paso, TX",31.76,-106.49,35023;48141,a note\n',
}
"""File name -> text."""
